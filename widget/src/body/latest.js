// What is newer makes what is older pointless: `latest()` gives each caller a signal that the next one sounds.
export function latest() {
  let current = null;
  return () => {
    current?.onabort?.();
    current = { onabort: null };
    return current;
  };
}
