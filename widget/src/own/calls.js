// What somebody the site vouches for asks of their own requests: with a token made anew for each call.
export function ask(app, path, body = {}) {
  return app.token().then((identity) => app.api.own(path, { ...body, identity: identity || "" }).catch((failure) => {
    const { field, reason } = failure.problem?.details || {};
    if (field === "identity" && reason) app.refusedIdentity(reason, identity);
    throw failure;
  }));
}

// The launcher shows how many answers are unread in what was listed.
export function count(app) {
  app.core.more?.unseen?.(app.mine.reduce((sum, one) => sum + one.unread, 0));
}

export function wasRead(app, reference) {
  for (const one of app.mine) {
    if (one.reference !== reference) continue;
    one.unread = 0;
    if (one.badge) one.badge.remove();
  }
  count(app);
}
