/** The languages that are highlighted: the title on the page, the grammar, the names people type. */
const LANGUAGES = [
  ["Bash", "bash", "bash sh shell zsh"],
  ["C", "c", "c h"],
  ["C#", "csharp", "c# cs csharp"],
  ["C++", "cpp", "c++ cc cpp cxx hpp"],
  ["CSS", "css", "css"],
  ["Diff", "diff", "diff patch"],
  ["Dockerfile", "dockerfile", "containerfile docker dockerfile"],
  ["Go", "go", "go golang"],
  ["HTML", "xml", "htm html xhtml"],
  ["INI", "ini", "cfg conf ini"],
  ["Java", "java", "java"],
  ["JavaScript", "javascript", "cjs javascript js jsx mjs"],
  ["JSON", "json", "json json5 jsonc"],
  ["Kotlin", "kotlin", "kotlin kt kts"],
  ["Markdown", "markdown", "markdown md"],
  ["PHP", "php", "php"],
  ["PowerShell", "powershell", "powershell ps1 pwsh"],
  ["Python", "python", "py python python3"],
  ["Ruby", "ruby", "rb ruby"],
  ["Rust", "rust", "rs rust"],
  ["SQL", "sql", "mysql postgresql sql sqlite"],
  ["Swift", "swift", "swift"],
  ["Terminal", "shell", "console shell-session terminal"],
  ["TOML", "ini", "toml"],
  ["TypeScript", "typescript", "ts tsx typescript"],
  ["XML", "xml", "svg xml"],
  ["YAML", "yaml", "yaml yml"],
];
const PARTS = {
  dockerfile: ["bash"],
  javascript: ["xml"],
  shell: ["bash"],
  typescript: ["xml"],
  xml: ["css", "javascript"],
};

const byName = new Map(
  LANGUAGES.flatMap(([title, grammar, names]) =>
    names.split(" ").map((name) => [name, { title, grammar }]),
  ),
);

export const GRAMMARS = [...new Set(LANGUAGES.map(([, grammar]) => grammar))];

/** The grammar, and the grammars of languages that may be embedded in it. */
export const withParts = (grammar) => [grammar, ...(PARTS[grammar] ?? [])];

/**
 * @param {string} [name] as somebody wrote it
 * @returns {{title: string, grammar: string | null}}
 */
export const languageOf = (name) =>
  byName.get(name?.toLowerCase()) ?? { title: name || "Code", grammar: null };
