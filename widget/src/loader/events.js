// Stable names, plain frozen objects; a listener that fails does not stop the others.

export function exchange() {
  let listeners = [];
  let ready = null; // makes the event for those who listen when it is over

  return {
    on(name, listener) {
      if (typeof listener !== "function") throw new TypeError("Signpost: “on” needs a function");
      const entry = { name, listener };
      listeners.push(entry);
      const said = name === "ready" && ready;
      if (said) setTimeout(() => { if (listeners.indexOf(entry) >= 0) call(listener, said()); });
      return () => { listeners = listeners.filter((one) => one !== entry); };
    },
    // Without a listener: all of that name; without a name: all.
    off(name, listener) {
      listeners = listeners.filter((one) => (name && one.name !== name) || (listener && one.listener !== listener));
    },
    emit(type, detail) {
      const now = Date.now();
      const made = () => Object.freeze({ type, at: new Date(now).toISOString(), ...detail });
      if (type === "ready") ready = made;
      for (const one of listeners.slice()) if (one.name === type || one.name === "*") call(one.listener, made());
    },
    // What was ready is no more; who listens still listens.
    rest() { ready = null; },
  };
}

function call(listener, event) {
  try {
    listener(event);
  } catch (error) {
    setTimeout(() => { throw error; }); // The page's own fault: its console shall have it, and we go on.
  }
}
