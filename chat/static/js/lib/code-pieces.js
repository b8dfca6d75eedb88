const WORD = "word";
const NAME = "name";
const LITERAL = "literal";
const COMMENT = "comment";
const PLAIN = null;

// The classes of highlight.js, by the four colours that the page has.
const KINDS = {
  [WORD]: "deletion doctag keyword selector-tag template-tag",
  [NAME]:
    "attr attribute built_in class name property section selector-attr selector-class selector-id " +
    "selector-pseudo symbol template-variable title type variable",
  [LITERAL]: "addition bullet char code link literal number regexp string",
  [COMMENT]: "comment meta quote",
};
const kindOf = new Map([
  ...Object.entries(KINDS).flatMap(([kind, names]) => names.split(" ").map((name) => [name, kind])),
  ["subst", PLAIN], // a value inside a string
]);

const TOKEN = /<span class="(?<classes>[^"]*)">|<\/span>|&(?<entity>[^;]*);|[^<&]+/gu;
const LANGUAGE = /^language-/u;
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'" };

/**
 * Converts the HTML of highlight.js to plain pieces.
 *
 * @returns {{text: string, kind: string | null}[]} pieces that make up the code
 */
export function piecesOf(html) {
  const pieces = [];
  const kinds = [PLAIN];
  for (const { 0: token, groups } of html.matchAll(TOKEN)) {
    if (token === "</span>") kinds.pop();
    else if (groups.classes !== undefined) kinds.push(kindWithin(groups.classes, kinds.at(-1)));
    else add(pieces, groups.entity ? ENTITIES[groups.entity] : token, kinds.at(-1));
  }
  return pieces;
}

function kindWithin(classes, outer) {
  if (LANGUAGE.test(classes)) return PLAIN;
  const [name] = classes.replace("hljs-", "").split(" ");
  return kindOf.has(name) ? kindOf.get(name) : outer;
}

function add(pieces, text, kind) {
  const last = pieces.at(-1);
  if (last?.kind === kind) last.text += text;
  else pieces.push({ text, kind });
}
