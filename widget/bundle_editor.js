// Makes app/static/vendor/codemirror.js of widget/editor: `node widget/bundle_editor.js [file]`. What it makes is
// committed, so that set-up needs no Node; a test holds it against the sources and the packages of package-lock.json.
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const { metafile, outputFiles } = await build({
  entryPoints: [join(HERE, "editor", "codemirror.js")], absWorkingDir: HERE, bundle: true, write: false, format: "esm", minify: true,
  charset: "utf8", target: ["chrome88", "firefox101", "safari16.4"], metafile: true, legalComments: "none", logLevel: "error",
});
// Every package that is in it, with its version and its licence's first lines.
const folders = new Set(Object.keys(metafile.inputs).map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]).filter(Boolean));
const lines = [];
for (const name of [...folders].sort()) {
  const told = JSON.parse(await readFile(join(HERE, "node_modules", name, "package.json"), "utf8"));
  lines.push(`${name} ${told.version} (${told.license})`);
}
const licence = (await readFile(join(HERE, "node_modules", "@codemirror", "state", "LICENSE"), "utf8")).trim();
const banner = `/*! Made by \`node widget/bundle_editor.js\`; do not edit. It holds:\n${lines.join("\n")}\n\n${licence}\n*/\n`;
await writeFile(argv[2] || join(HERE, "..", "app", "static", "vendor", "codemirror.js"), banner + outputFiles[0].text);
