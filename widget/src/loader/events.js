// Stable names, plain frozen objects; a listener that fails does not stop the others.

export function exchange() {
  let listeners = [];
  const last = {};

  return {
    on(name, listener) {
      if (typeof listener !== "function") throw new TypeError("Signpost('on', name, function): the function is missing");
      const entry = { name, listener };
      listeners.push(entry);
      if (last[name]) setTimeout(() => { if (listeners.indexOf(entry) >= 0) call(listener, last[name]); });
      return () => { listeners = listeners.filter((one) => one !== entry); };
    },
    // Without a listener: all of that name; without a name: all.
    off(name, listener) {
      listeners = listeners.filter((one) => (name && one.name !== name) || (listener && one.listener !== listener));
    },
    emit(type, detail) {
      const event = Object.freeze({ type, at: new Date().toISOString(), ...detail });
      if (type === "ready") last.ready = event;
      for (const one of listeners.slice()) if (one.name === type || one.name === "*") call(one.listener, event);
    },
    clear() {
      listeners = [];
      delete last.ready;
    },
  };
}

function call(listener, event) {
  try {
    listener(event);
  } catch (error) {
    setTimeout(() => { throw error; }); // The page's own fault: its console shall have it, and we go on.
  }
}
