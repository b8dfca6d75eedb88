/**
 * Reports the tests of the browser's code like `spec`, and their coverage: one line for each folder
 * instead of a table of all files.
 */
import path from "node:path";
import { Readable } from "node:stream";
import { spec as Spec } from "node:test/reporters";

const CODE = path.resolve("chat/static/js");

export default async function* report(events) {
  let summary;
  async function* others() {
    for await (const event of events) {
      if (event.type === "test:coverage") summary = event.data.summary;
      else yield event;
    }
  }
  yield* Readable.from(others()).compose(new Spec());
  if (summary) yield table(summary);
}

function table({ files }) {
  const ours = files.filter((file) => file.path.startsWith(CODE));
  const folders = new Map();
  for (const file of ours) {
    const folder = path.relative(CODE, path.dirname(file.path)) || ".";
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  const names = [...folders.keys()].sort();
  const rows = [...names.map((name) => row(name, folders.get(name))), row("total", ours)];
  return `JavaScript, of the ${ours.length} files that need no page:\n${rows.join("")}`;
}

function row(name, files) {
  const lines = percent(files, "coveredLineCount", "totalLineCount");
  const branches = percent(files, "coveredBranchCount", "totalBranchCount");
  return `  ${name.padEnd(16)} ${lines} of lines ${branches} of branches\n`;
}

function percent(files, covered, all) {
  const sum = (count) => files.reduce((total, file) => total + file[count], 0);
  return `${((100 * sum(covered)) / (sum(all) || 1)).toFixed(1).padStart(5)} %`;
}
