// Finds the number whose SHA-256 after the salt is the challenge. In its own thread, a slice at a time.
const SLICE = 400;
const encoder = new TextEncoder();

self.addEventListener("message", async (event) => {
  const { challenge, salt, maxnumber } = event.data;
  // Only pages over HTTPS, and this machine's own, have it.
  if (!self.crypto?.subtle) { self.postMessage(null); return; }
  for (let start = 0; start <= maxnumber; start += SLICE) {
    const numbers = Array.from({ length: Math.min(SLICE, maxnumber - start + 1) }, (_, step) => start + step);
    const found = await Promise.all(numbers.map((number) => self.crypto.subtle.digest("SHA-256", encoder.encode(salt + number))));
    const index = found.findIndex((digest) => hex(digest) === challenge);
    if (index >= 0) { self.postMessage(start + index); return; }
  }
  self.postMessage(null);
});

function hex(digest) {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
