// The server said another time of day: React throws the document away and draws its own.
import { hydrateRoot } from "react-dom/client";

hydrateRoot(document, (
  <html lang="en">
    <head><meta charSet="utf-8" /><title>Refund</title></head>
    <body><h1>When is my refund coming?</h1><p id="said">client 10:01</p></body>
  </html>
), { onRecoverableError() { window.recovered = true; } });
