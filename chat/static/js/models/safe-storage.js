/** localStorage that never throws: if it is forbidden or full, values last as long as the page. */
export class SafeStorage {
  #storage;
  #memory = new Map();

  /** @param {() => Storage} open a function, because reading `window.localStorage` may throw */
  constructor(open) {
    this.#storage = attempt(open);
  }

  /** Whether a value with a key of these prefixes would be lost with the page. */
  isFleeting(...prefixes) {
    return [...this.#memory.keys()].some((key) => prefixes.some((each) => key.startsWith(each)));
  }

  get(key) {
    if (this.#memory.has(key)) return this.#memory.get(key);
    return parse(attempt(() => this.#storage?.getItem(key)));
  }

  set(key, value) {
    try {
      this.#storage.setItem(key, JSON.stringify(value));
      this.#memory.delete(key);
    } catch {
      this.#memory.set(key, value);
    }
  }

  remove(key) {
    this.#memory.delete(key);
    attempt(() => this.#storage?.removeItem(key));
  }

  keys(prefix) {
    const stored = attempt(() => Object.keys(this.#storage ?? {})) ?? [];
    const all = new Set([...stored, ...this.#memory.keys()]);
    return [...all].filter((key) => key.startsWith(prefix));
  }
}

function parse(json) {
  return json == null ? null : (attempt(() => JSON.parse(json)) ?? null);
}

function attempt(task) {
  try {
    return task();
  } catch {
    return undefined;
  }
}
