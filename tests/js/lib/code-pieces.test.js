import assert from "node:assert/strict";
import test from "node:test";
import { piecesOf } from "../../../chat/static/js/lib/code-pieces.js";

const shown = (html) => piecesOf(html).map(({ text, kind }) => [text, kind]);

test("what highlight.js found becomes one of four kinds", () => {
  const html =
    '<span class="hljs-keyword">def</span> <span class="hljs-title function_">a</span>' +
    '<span class="hljs-punctuation">()</span> <span class="hljs-comment"># 1</span>';
  assert.deepEqual(shown(html), [
    ["def", "word"],
    [" ", null],
    ["a", "name"],
    ["() ", null],
    ["# 1", "comment"],
  ]);
});

test("a value inside a string isn't part of the string, and an unknown kind is that around it", () => {
  const html =
    '<span class="hljs-string">a<span class="hljs-new">b</span>' +
    '<span class="hljs-subst">{c<span class="hljs-number">1</span>}</span></span>d';
  assert.deepEqual(shown(html), [
    ["ab", "literal"],
    ["{c", null],
    ["1", "literal"],
    ["}d", null],
  ]);
});

test("code inside other code is by itself", () => {
  const html = '<span class="hljs-meta">$ <span class="language-bash">a</span></span>';
  assert.deepEqual(shown(html), [
    ["$ ", "comment"],
    ["a", null],
  ]);
});

test("entities are the characters that they stand for", () => {
  assert.deepEqual(shown("&lt;b&gt; &amp;amp; &quot;&#x27;"), [[`<b> &amp; "'`, null]]);
});
