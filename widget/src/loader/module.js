// The loader as an ES module, `/widget.mjs`: no global, the function is its default export.
import { begin } from "./loader.js";
import { servedFrom } from "./settings.js";

servedFrom(import.meta.url);
export default begin();
