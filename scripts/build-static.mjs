/**
 * Builds what `make run` and the image serve: `node scripts/build-static.mjs SOURCE TARGET`. The
 * files of the page stay modules and style sheets under the same names, but few, small and with
 * compressed copies beside them; the rest is copied. TARGET appears, or changes, when all is done.
 */
import { cp, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { build, transform } from "esbuild";

const MODULES = ["highlighting", "main", "offline", "page-errors", "signed-out", "theme"];
const CLASSIC = ["check-browser", "service-worker"]; // scripts that must not be modules
const SHEETS = ["pages", "chat-page", "sign-in", "offline"];
const COPIED = ["icons", "vendor/emoji.txt"];
const TARGET_BROWSERS = ["chrome123", "firefox120", "safari17.5"]; // what light-dark() needs, too
const COMPRESSED = /\.(css|js|svg|txt)$/;

const [, , source, target] = process.argv;
const folder = `${target}.${process.pid}`; // beside it, so that it can be renamed
const began = new Date();

// Each by itself: what it shares with modules of other pages would come in files of its own.
for (const name of MODULES) await bundle([`js/${name}.js`]);
await bundle(SHEETS.map((name) => `css/${name}.css`));
for (const name of CLASSIC) await buildClassic(`js/${name}.js`);
for (const path of COPIED) await cp(join(source, path), join(folder, path), { recursive: true });
for (const path of await readdir(folder, { recursive: true })) {
  if (COMPRESSED.test(path)) await compress(join(folder, path));
}
await utimes(folder, began, began); // a source that changed since then is newer, for make
await rm(target, { recursive: true, force: true });
await rename(folder, target);

async function bundle(paths) {
  await build({
    entryPoints: paths.map((path) => join(source, path)),
    outbase: source,
    outdir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: TARGET_BROWSERS,
    legalComments: "inline",
    chunkNames: "js/[name]-[hash]", // as deep as late-parts.js, which names a file from there
    logLevel: "warning",
  });
}

async function buildClassic(path) {
  const { code } = await transform(await readFile(join(source, path), "utf8"), { minify: true });
  await mkdir(join(folder, "js"), { recursive: true });
  await writeFile(join(folder, path), code);
}

/** For WhiteNoise, which sends the smallest copy that a browser takes. */
async function compress(path) {
  const content = await readFile(path);
  await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
  await writeFile(`${path}.br`, await promisify(brotliCompress)(content));
}
