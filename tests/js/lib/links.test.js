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
    "javascript:alert(1) data:text/html,x file:///etc/passwd ftp://a.example a.example README.md";
  assert.deepEqual(splitLinks(text), [{ text }]);
});

test("markup stays text", () => {
  assert.deepEqual(links('<a href="https://a.example">x</a>'), ["https://a.example"]);
  assert.deepEqual(links("http://"), []);
});

const shown = (address) => splitLinks(address).map(({ text }) => text)[0];

test("an address that can be taken for no other is shown as it was typed", () => {
  const addresses = [
    "HTTPS://A.Example:443/x_y?z#w",
    "https://münchen.example/straße",
    "https://пример.рф/",
    "https://日本語.example/ページ",
    "https://דוגמה.example/",
    "https://xn--bnk-6cd.example/",
    "mailto:ann@a.example?subject=x",
  ];
  for (const address of addresses) assert.equal(shown(address), address);
});

test("an address that can be taken for another is shown in its ASCII form", () => {
  const forms = {
    "https://b\u0430nk.example/": "https://xn--bnk-6cd.example/",
    "https://яндекс.com/": "https://xn--d1acpjx3f.com/",
    "https://bank.exampleノlogin.evil.example/": "https://bank.xn--examplelogin-ki5k.evil.example/",
    "https://ⓑank.example/": "https://bank.example/",
    "https:///bank.example/": "https://bank.example/",
    "https://3221225985/": "https://192.0.2.1/",
    "mailto:ann@b\u0430nk.example": "mailto:ann@b%D0%B0nk.example",
  };
  for (const [address, form] of Object.entries(forms)) {
    assert.equal(shown(address), form);
    assert.deepEqual(links(address), [address], "it leads where it led");
  }
});

test("an address with a user name or a password stays text", () => {
  for (const text of [
    "https://bank.example@evil.example",
    "https://bank.example:443@evil.example/",
  ])
    assert.deepEqual(splitLinks(text), [{ text }]);
});

const first = {
  "https://example.com/path。よろしく": "https://example.com/path",
  "（https://example.com/a）です": "https://example.com/a",
  "https://example.com/a\u200bb": "https://example.com/a",
  "https://example.com/a\u00adb": "https://example.com/a",
  "https://example.com/\u202ex": "https://example.com/",
  "「https://example.com」と": "https://example.com",
  "https://example.com/a？b": "https://example.com/a",
  "„https://example.com/a“": "https://example.com/a",
  "«https://example.com/a»": "https://example.com/a",
  "https://example.com/a؟": "https://example.com/a",
  "https://example.com/a।": "https://example.com/a",
  "**https://example.com/a**": "https://example.com/a",
  "(https://example.com/a_(b))": "https://example.com/a_(b)",
  "https://example.com/한국어": "https://example.com/한국어",
  "https://example.com/می\u200cخواهم": "https://example.com/می\u200cخواهم",
  "https://example.com/👩\u200d💻!": "https://example.com/👩\u200d💻",
  "see www.example.com/x.": "https://www.example.com/x",
  "ann.b+c@example.co.uk, hi": "mailto:ann.b+c@example.co.uk",
  "日本ann@example.com": "mailto:ann@example.com",
};

for (const [text, href] of Object.entries(first)) {
  test(`the link in ${text}`, () => assert.deepEqual(links(text), [href]));
}

test("a bare address is shown as it was typed", () => {
  assert.deepEqual(splitLinks("www.a.example"), [
    { text: "www.a.example", href: "https://www.a.example" },
  ]);
});

test("what only looks like a bare address stays text", () => {
  for (const text of ["www.", "www.x", "xwww.a.example", "a@b", "@ann.example", "a@b.c@d"]) {
    assert.deepEqual(splitLinks(text), [{ text }], text);
  }
});
