import assert from "node:assert/strict";
import test from "node:test";
import { splitLinks } from "../../../chat/static/js/lib/links.js";

const links = (text) => splitLinks(text).flatMap(({ href }) => href ?? []);

test("the pieces put together are the text", () => {
  const text = "See https://a.example/x?y=1#z, or mailto:ada@example.org.\nBye";
  assert.equal(
    splitLinks(text)
      .map((piece) => piece.text)
      .join(""),
    text,
  );
  assert.deepEqual(links(text), ["https://a.example/x?y=1#z", "mailto:ada@example.org"]);
});

test("punctuation of the sentence is not part of the link", () => {
  assert.deepEqual(links("(https://a.example/b)."), ["https://a.example/b"]);
  assert.deepEqual(links("“https://a.example”!"), ["https://a.example"]);
});

test("a bracket that the link itself opened stays", () => {
  assert.deepEqual(links("https://en.example/Cloud_(chat)"), ["https://en.example/Cloud_(chat)"]);
});

test("nothing but http, https and mailto becomes a link", () => {
  const text =
    "javascript:alert(1) data:text/html,x file:///etc/passwd ftp://a.example www.a.example";
  assert.deepEqual(splitLinks(text), [{ text }]);
});

test("markup stays text", () => {
  assert.deepEqual(links('<a href="https://a.example">x</a>'), ["https://a.example"]);
  assert.deepEqual(links("http://"), []);
});
