// Bundles the pages' scripts with the widget's esbuild: `node bundle.mjs FOLDER`.
import { readdirSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "../../../../widget/node_modules/esbuild/lib/main.js";

const here = fileURLToPath(new URL("./pages/", import.meta.url));
await build({
  entryPoints: readdirSync(here).map((name) => here + name), outdir: argv[2], bundle: true, format: "iife", jsx: "automatic", minify: true,
  define: { "process.env.NODE_ENV": '"production"' }, logLevel: "error",
});
