/**
 * Builds the client that `make run` and the image serve: `node scripts/build-static.mjs SOURCE TARGET`.
 * Modules and style sheets keep their names, but are bundled and minified, with compressed copies
 * beside them; other files are copied. TARGET is replaced only when the build is complete.
 */
import { cp, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { build, transform } from "esbuild";

// The oldest browsers with light-dark(), popovers and Intl.Segmenter; js/check-browser.js tests for them.
const TARGET_BROWSERS = ["chrome123", "firefox125", "safari17.5"];
const MODULES = ["highlighting", "main", "offline", "page-errors", "signed-out", "theme"];
// Scripts that can't be modules, and the target of each.
const CLASSIC = { "check-browser": "es5", "service-worker": TARGET_BROWSERS };
const SHEETS = [
  "pages",
  "chat-page",
  "sign-in",
  "offline",
  "emoji-picker",
  "person-card",
  "profile",
];
const COPIED = ["icons", "vendor/emoji.txt"];
const COMPRESSED = /\.(css|js|svg|txt)$/;
const FORM = {
  bundle: true,
  minify: true,
  format: "esm",
  target: TARGET_BROWSERS,
  legalComments: "inline",
  logLevel: "warning",
};

const [, , source, target] = process.argv;
const folder = `${target}.${process.pid}`; // beside the target, so that it can be renamed
const began = new Date();

// One build for each module: in a common build, shared code would go into separate files.
for (const name of MODULES) await buildModule(`js/${name}.js`);
await bundle(SHEETS.map((name) => `css/${name}.css`));
for (const [name, readers] of Object.entries(CLASSIC)) await buildClassic(`js/${name}.js`, readers);
for (const path of COPIED) await cp(join(source, path), join(folder, path), { recursive: true });
for (const path of await readdir(folder, { recursive: true })) {
  if (COMPRESSED.test(path)) await compress(join(folder, path));
}
await utimes(folder, began, began); // for make, a source that changed during the build is newer
await rm(target, { recursive: true, force: true });
await rename(folder, target);

async function buildModule(path) {
  const outputs = await bundle([path]);
  const module = relative("", join(folder, path)); // the key in esbuild's metafile
  const shared = [...importsOf(module, outputs)];
  if (shared.length > 0) await inlineShared(module, shared, outputs);
}

async function bundle(paths) {
  const { metafile } = await build({
    entryPoints: paths.map((path) => join(source, path)),
    outbase: source,
    outdir: folder,
    splitting: true,
    chunkNames: "js/[name]-[hash]",
    metafile: true,
    ...FORM,
  });
  return metafile.outputs;
}

/** The files that a file imports statically, also indirectly. */
function importsOf(file, outputs, found = new Set()) {
  for (const { path, kind } of outputs[file].imports) {
    if (kind !== "import-statement" || found.has(path)) continue;
    found.add(path);
    importsOf(path, outputs, found);
  }
  return found;
}

/**
 * esbuild puts code that a module shares with parts loaded later into separate files, and each file is
 * one more request before the page can start. This moves their code into the module; the files then
 * only re-export it.
 */
async function inlineShared(module, shared, outputs) {
  const name = basename(module);
  const parts = shared.map((path, at) => ({
    path,
    names: outputs[path].exports.map((inPart) => ({ inPart, inModule: `part${at}_${inPart}` })),
  }));
  const taken = parts.map(({ path, names }) => {
    const list = names.map(({ inPart, inModule }) => `${inPart} as ${inModule}`);
    return `export {${list}} from "./${basename(path)}";`;
  });
  const contents = [`import "./${name}";`, ...taken].join("\n");
  await build({
    stdin: { contents, resolveDir: dirname(module) },
    outfile: module,
    allowOverwrite: true,
    plugins: [{ name: "late", setup: keepDynamicImports }],
    ...FORM,
  });
  for (const { path, names } of parts) {
    const list = names.map(({ inPart, inModule }) => `${inModule} as ${inPart}`);
    await writeFile(path, `export {${list}} from "./${name}";\n`);
  }
}

/** Keeps dynamically imported parts out of the module. */
function keepDynamicImports({ onResolve }) {
  onResolve({ filter: /^\./ }, ({ path, kind }) =>
    kind === "dynamic-import" ? { path, external: true } : undefined,
  );
}

async function buildClassic(path, target) {
  const text = await readFile(join(source, path), "utf8");
  const { code } = await transform(text, { minify: true, target });
  await mkdir(join(folder, "js"), { recursive: true });
  await writeFile(join(folder, path), code);
}

/** Writes compressed copies for WhiteNoise, which sends the smallest one that a browser accepts. */
async function compress(path) {
  const content = await readFile(path);
  await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
  await writeFile(`${path}.br`, await promisify(brotliCompress)(content));
}
