import assert from "node:assert/strict";
import test from "node:test";
import { toHtml } from "../../../chat/static/js/lib/markdown.js";

const cases = {
  "bold, italic and code": [
    "a **b** *c* _d_ `e  f`",
    "<p>a <strong>b</strong> <em>c</em> <em>d</em> <code>e  f</code></p>",
  ],
  "line breaks and runs of spaces stay": ["*a*  b\n  c", "<p><em>a</em>  b\n  c</p>"],
  "each empty line stays": ["*a*\n\n\nb", "<p><em>a</em></p>\n\n<p>b</p>"],
  "a code block keeps everything": [
    "```js\nif (a)\n\n  <b>\n```",
    '<pre data-language="js"><code>if (a)\n\n  &lt;b&gt;</code></pre>',
  ],
  "a code block without a language": ["```\n\ta\n\n```", "<pre><code>\ta\n</code></pre>"],
  "a code block whose language has more to say": [
    "~~~ c++ title=x\na\n~~~",
    '<pre data-language="c++"><code>a</code></pre>',
  ],
  "a code block with something else in the place of its language": [
    '```"><b>\na\n```',
    "<pre><code>a</code></pre>",
  ],
  "a code block with a very long language": [
    `\`\`\`${"x".repeat(50)}\na\n\`\`\``,
    `<pre data-language="${"x".repeat(20)}"><code>a</code></pre>`,
  ],
  "an answer right below a quote is no part of it": [
    "> quote\nanswer",
    "<blockquote><p>quote</p></blockquote><p>answer</p>",
  ],
  "quotes in quotes": [
    "> > a\n> b",
    "<blockquote><blockquote><p>a</p></blockquote><p>b</p></blockquote>",
  ],
  "lists in lists": ["- a\n  - b", "<ul><li>a<ul><li>b</li></ul></li></ul>"],
  "a numbered list has the numbers that were typed": [
    "3. a\n5. b",
    '<ol><li value="3">a</li><li value="5">b</li></ol>',
  ],
  "a numbered list keeps its brackets": [
    "1) a\n2) b",
    '<ol data-mark=")"><li value="1">a</li><li value="2">b</li></ol>',
  ],
  "struck text": ["a ~~b **c**~~ d", "<p>a <s>b <strong>c</strong></s> d</p>"],
  "bold with the letters of its plural": ["**API**s", "<p><strong>API</strong>s</p>"],
  "bold between emoji": ["🎉**a**🎉", "<p>🎉<strong>a</strong>🎉</p>"],
  "bold beside brackets of East Asia": [
    "これは**「重要」**です",
    "<p>これは<strong>「重要」</strong>です</p>",
  ],
  "bold up to a colon of East Asia": ["**注意：**正文", "<p><strong>注意：</strong>正文</p>"],
  "bold beside brackets of elsewhere": [
    "한국어**[x](U)**는, ไทย**(y)**ครับ".replace("U", "https://a.example"),
    '<p>한국어<strong><a href="https://a.example" title="https://a.example">x</a></strong>는, ' +
      "ไทย<strong>(y)</strong>ครับ</p>",
  ],
  "bare addresses": [
    "*a* www.a.example, ann@b.example. xwww.a.example",
    '<p><em>a</em> <a href="https://www.a.example">www.a.example</a>, ' +
      '<a href="mailto:ann@b.example">ann@b.example</a>. xwww.a.example</p>',
  ],
  "a bold address": [
    "**https://a.example/x_y**",
    '<p><strong><a href="https://a.example/x_y">https://a.example/x_y</a></strong></p>',
  ],
  "boxes to tick": ["- [ ] a\n- [x] b", "<ul><li>☐ a</li><li>☑ b</li></ul>"],
  "a named link says where it leads": [
    "[a](https://a.example)",
    '<p><a href="https://a.example" title="https://a.example">a</a></p>',
  ],
  "an address is never taken for emphasis": [
    "https://a.example/__init__.py",
    '<p><a href="https://a.example/__init__.py">https://a.example/__init__.py</a></p>',
  ],
};

for (const [name, [text, html]] of Object.entries(cases)) {
  test(name, () => assert.equal(toHtml(text), html));
}

const inert = {
  markup: "<b onclick=x>*</b>",
  entities: "*&lt;&amp;",
  "a link to a script": "[a](javascript:alert(1))",
  "a link to data": "[a](data:text/html,x)",
  "a link with a user name in its address": "[a](https://a.example@b.example)",
  "a picture": "![a](https://a.example/a.png)",
  "a heading": "# a *",
  "a line of dashes": "a *\n---\nb",
  "a table": "|a|b|\n|-|-|\n|1|*|",
  "a word with underscores": "snake_case_name",
  "a sum": "2 * 3 * 4",
  "an empty point of a list": "-",
  "a shrug": "¯\\_(ツ)_/¯ *",
  "a shrug without its arm": "¯_(ツ)_/¯",
  "a path of Windows": "\\\\server\\share\\_docs\\*",
  "marks behind backslashes": "\\*a\\* \\`b\\` \\[c](d)",
  "a name of Python": "__init__ and __main__.py",
  "powers and products": "2**8**3, a*b*c",
  "a fence without code": "```\n```",
  "a fence alone": "```",
  arguments: "*args, **kwargs",
  "a pattern and a product": "*.py and 2*3*4",
  "an underscore that ends inside a word": "_a_b is no c",
  "white space between marks of code": "a ` ` b *",
  "a table of cron": "*/5 */2 * * *",
  "a pattern of paths": "**/*.js and */*/*",
  "underscores in a script without spaces": "ファイル_名前_一覧",
  "a face at the beginning of a line": ">_<\n>.< *",
  "a prompt of Python": ">>> print(1) *",
  "a plus": "+ 5 *",
  "about so many": "~5 or ~6",
  "a definition": "[a]: https://a.example *",
};

const typed = (html) =>
  html
    .replace(/<\/?(?:p|a)(?: [^>]*)?>/g, "")
    .replace(/&(lt|gt|quot|amp);/g, (_, name) => ({ lt: "<", gt: ">", quot: '"', amp: "&" })[name]);

for (const [name, text] of Object.entries(inert)) {
  test(`${name} stays as it was typed`, () => {
    const html = toHtml(text);
    assert.equal(typed(html), text);
    assert.doesNotMatch(html, /<(?!\/?(?:p|a)\b)/);
    assert.doesNotMatch(html, /href="(?:javascript|data|https:\/\/b)/);
  });
}

const linksOf = (html) =>
  [...html.matchAll(/<a href="([^"]*)"[^>]*>(.*?)<\/a>/gu)].map(([, href, content]) => [
    href,
    typed(content.replace(/<[^>]*>/g, "")),
  ]);

const misleading = {
  "as it is": "https://bank.example/login",
  "with escapes": "https:\\/\\/bank.example/login",
  "in italics": "_https://bank.example_",
  "with bold letters in it": "h**t**tps://bank.example",
  "in code": "`https://bank.example`",
  "in full width": "ｈｔｔｐｓ：／／ｂａｎｋ．ｅｘａｍｐｌｅ",
  "with a space without width": "https:/\u200b/bank.exam\u00adple",
  "from right to left": "\u202eelpmaxe.knab//:sptth",
  "inside words": "Log in at https://bank.example, please",
  "without a scheme": "bank.example/login",
  "with a dot of China": "bank\u3002example",
  "with a hair space": "bank.\u200aexample",
  "of the web": "www.bank.example",
  "of e-mail": "ann@bank.example",
  "with a user name": "bank.example@evil.example",
  "with the real host as its parent": "bank.evil.example",
  "with the real host as its beginning": "https://evil.example.bank.example",
  "of numbers": "192.0.2.1",
  "too long to be compared": `https://evil.example/x${"!".repeat(2000)}x`,
};

for (const [name, text] of Object.entries(misleading)) {
  test(`a link under another address (${name}) shows where it leads`, () => {
    const html = toHtml(`[${text}](https://evil.example/x)`);
    assert.deepEqual(linksOf(html), [["https://evil.example/x", "https://evil.example/x"]]);
    assert.match(typed(html), / \(https:\/\/evil\.example\/x\)$/u);
  });
}

const glued = {
  "what stands before it": "bank.[example](https://evil.example/x)",
  "what stands after it": "[https](https://evil.example/x)://bank.example",
  "bold text beside it": "**bank.**[example](https://evil.example/x)",
  "another link": "[bank](https://evil.example/x)[.example](https://evil.example/x)",
};

for (const [name, text] of Object.entries(glued)) {
  test(`a link that becomes another address with ${name} shows where it leads`, () => {
    const links = linksOf(toHtml(text));
    assert.ok(links.length > 0);
    for (const link of links)
      assert.deepEqual(link, ["https://evil.example/x", "https://evil.example/x"]);
  });
}

test("a link that touches words is what it says", () => {
  for (const text of ["(see [b](U))", "**[b](U)**!", "a:[b](U),c", "- d.\n- [b](U)\n- e.f"]) {
    const html = toHtml(text.replace("U", "https://a.example"));
    assert.deepEqual(linksOf(html), [["https://a.example", "b"]]);
  }
});

test("a link under its own address, or the beginning of it, is what it says", () => {
  const own = ["https://a.example/b/c?d", "https://a.example", "a.example/b", "www.a.example"];
  for (const text of own) {
    const html = toHtml(`[*${text}*](https://a.example/b/c?d)`);
    assert.deepEqual(linksOf(html), [["https://a.example/b/c?d", text]]);
  }
  const mail = toHtml("[ann@a.example](mailto:ann@a.example)");
  assert.deepEqual(linksOf(mail), [["mailto:ann@a.example", "ann@a.example"]]);
});

test("a link under words is what it says", () => {
  for (const text of ["the docs", "e.g. this. Next", "version 1.2.3", "at 9:30 / 10.5"]) {
    const html = toHtml(`[${text}](https://a.example)`);
    assert.deepEqual(linksOf(html), [["https://a.example", text]]);
  }
});

test("a link to a host with letters of another script says so", () => {
  const [bank, ascii] = ["https://b\u0430nk.example", "https://xn--bnk-6cd.example/"];
  assert.deepEqual(linksOf(toHtml(`*a* ${bank}`)), [[bank, ascii]]);
  assert.deepEqual(linksOf(toHtml(`[${bank}](${bank})`)), [[bank, ascii]]);
  assert.match(toHtml(`[a](${bank})`), new RegExp(`title="${ascii}"`, "u"));
});

test("what is nested deeper than anyone reads stays text", () => {
  for (const mark of ["> ", ">", "- ", "1. ", "> - "]) {
    const html = toHtml(`${mark.repeat(2000)}x`);
    assert.ok(html.split(/<(?:blockquote|ul|ol)/).length <= 7, mark);
    assert.match(html, /x/);
  }
});
