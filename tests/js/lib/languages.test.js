import assert from "node:assert/strict";
import test from "node:test";
import { piecesOf } from "../../../chat/static/js/lib/code-pieces.js";
import { GRAMMARS, languageOf, withParts } from "../../../chat/static/js/lib/languages.js";
import highlight from "../../../chat/static/vendor/highlight.js";

test("a language has many names and one title", () => {
  for (const name of ["js", "JavaScript", "jsx", "mjs"]) {
    assert.deepEqual(languageOf(name), { title: "JavaScript", grammar: "javascript" });
  }
  assert.deepEqual(languageOf("html"), { title: "HTML", grammar: "xml" });
  assert.deepEqual(languageOf("C++"), { title: "C++", grammar: "cpp" });
});

test("what is no language that the page knows is called what its sender called it", () => {
  for (const name of ["Elixir", "constructor", "__proto__"]) {
    assert.deepEqual(languageOf(name), { title: name, grammar: null });
  }
  for (const name of [undefined, ""]) {
    assert.deepEqual(languageOf(name), { title: "Code", grammar: null });
  }
});

const examples = {
  bash: ["if [ -f x ]; then echo 1; fi # so", "if"],
  c: ["int a = 1; // so", "int"],
  cpp: ["class A {}; // so", "class"],
  csharp: ["public class A {} // so", "public"],
  css: ["@media print { a { color: red } } /* so */", "@media"],
  diff: ["- a\n+ b", "- a"],
  dockerfile: ["FROM a # so", "FROM"],
  go: ["func a() {} // so", "func"],
  ini: ["[a]\nb = 1 # so", "[a]"],
  java: ["public class A {} // so", "public"],
  javascript: ["const a = 1; // so", "const"],
  json: ['{"a": true} // so', '"a"'],
  kotlin: ["fun a() = 1 // so", "fun"],
  markdown: ["# A\n> so", "# A"],
  php: ["<?php function a() {} // so", "function"],
  powershell: ["function A { } # so", "function"],
  python: ["def a(): pass # so", "def"],
  ruby: ["def a; end # so", "def"],
  rust: ["fn a() {} // so", "fn"],
  shell: ["$ echo so", "$ "],
  sql: ["SELECT a FROM b -- so", "SELECT"],
  swift: ["func a() {} // so", "func"],
  typescript: ["interface A { b: string } // so", "interface"],
  xml: ["<a b='c'>d</a><!-- so -->", "a"],
  yaml: ["a: 1 # so", "a:"],
};

test("each language has a grammar that finds something in it and loses nothing of it", async () => {
  assert.deepEqual(Object.keys(examples), GRAMMARS.toSorted());
  for (const [grammar, [code, found]] of Object.entries(examples)) {
    for (const name of withParts(grammar)) {
      const { default: definition } = await import(
        `../../../chat/static/vendor/grammars/${name}.js`
      );
      highlight.registerLanguage(name, definition);
    }
    const pieces = piecesOf(highlight.highlight(code, { language: grammar }).value);
    const coloured = pieces.filter(({ kind }) => kind).map(({ text }) => text);
    assert.equal(pieces.map(({ text }) => text).join(""), code);
    assert.ok(coloured.includes(found), `${grammar}: ${JSON.stringify(pieces)}`);
  }
});
