// What a signed token says, read for showing only: whether it holds is for the server to say.

// Throws where it cannot be read.
export function read(text) {
  const part = text.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (one) => one.charCodeAt(0))));
}

// Whether it is for this site: one for another stays where it is until that site is back.
export function fits(text, { settings }) {
  try {
    const { aud } = read(text);
    return !aud || [].concat(aud).includes(settings.site);
  } catch {
    return true;
  }
}
