// The loader as a classic script, `/widget.js`. The bundle is the body of a function, and SITES its argument: what the
// server knows of its sites.
import { install } from "./loader.js";
import { servedFrom } from "./settings.js";

servedFrom(document.currentScript?.src || "");
install(SITES);
