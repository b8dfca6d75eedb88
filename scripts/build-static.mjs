/**
 * Builds what production serves: `node scripts/build-static.mjs SOURCE TARGET`. The files of the
 * page stay modules and style sheets under the same names, but few and small; the rest is copied.
 * `make run` and the tests serve the sources as they are.
 */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, transform } from "esbuild";

const MODULES = ["highlighting", "main", "offline", "page-errors", "signed-out", "theme"];
const CLASSIC = ["check-browser", "service-worker"]; // scripts that must not be modules
const SHEETS = ["pages", "chat-page", "sign-in", "offline"];
const COPIED = ["icons", "vendor/emoji.txt"];
const TARGET_BROWSERS = ["chrome123", "firefox120", "safari17.5"]; // what light-dark() needs, too

const [, , source, target] = process.argv;

await build({
  entryPoints: [
    ...MODULES.map((name) => join(source, "js", `${name}.js`)),
    ...SHEETS.map((name) => join(source, "css", `${name}.css`)),
  ],
  outbase: source,
  outdir: target,
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  target: TARGET_BROWSERS,
  legalComments: "inline",
  chunkNames: "js/ui/[name]-[hash]", // as deep as the sources: they name other files from there
  logLevel: "warning",
});
for (const name of CLASSIC) await buildClassic(`js/${name}.js`);
for (const path of COPIED) await cp(join(source, path), join(target, path), { recursive: true });

async function buildClassic(path) {
  const { code } = await transform(await readFile(join(source, path), "utf8"), { minify: true });
  await mkdir(join(target, "js"), { recursive: true });
  await writeFile(join(target, path), code);
}
