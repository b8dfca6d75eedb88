const MOST_WAITING = 100; // pieces; two pages of messages that are all code
const LONGEST_MS = 1000; // usually it takes 5 ms; on a slow phone the first time some hundred

/**
 * Highlights code in a worker, one piece after the other. Code that takes too long stays plain, so that
 * one message can't block the page or the highlighting of others.
 */
export class Highlighter {
  #makeWorker;
  #clock;
  #worker = null;
  #job = null;
  #timer = null;
  #waiting = [];
  #unavailable = [];
  #tooHard = new Set(); // code that took too long, with its grammar

  /** @param {{makeWorker: () => Worker, clock}} options the worker is js/highlighting.js */
  constructor({ makeWorker, clock }) {
    this.#makeWorker = makeWorker;
    this.#clock = clock;
  }

  /**
   * @param {string} grammar one of lib/languages.js
   * @param {(pieces: {text: string, kind: string | null}[]) => void} onDone
   */
  highlight(grammar, code, onDone) {
    if (this.#tooHard.has(`${grammar} ${code}`)) return; // it would time out at each visit to the room
    this.#waiting.push({ grammar, code, onDone });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift(); // the oldest, out of view by now
    this.#next();
  }

  /** Retries the code whose grammar could not be loaded. */
  retry() {
    this.#waiting.push(...this.#unavailable.splice(0));
    this.#next();
  }

  #next() {
    if (this.#job || this.#waiting.length === 0) return;
    this.#job = this.#waiting.shift();
    this.#worker ??= this.#start();
    this.#worker.postMessage({ grammar: this.#job.grammar, code: this.#job.code });
  }

  #start() {
    const worker = this.#makeWorker();
    worker.onmessage = ({ data }) => this.#answered(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#stop();
      this.#answered({ state: "unavailable" });
    };
    return worker;
  }

  #answered({ state, pieces }) {
    if (state === "begun") {
      this.#timer = this.#clock.setTimeout(() => this.#giveUp(), LONGEST_MS);
      return;
    }
    const job = this.#end();
    if (state === "unavailable") this.#unavailable.push(job);
    else job.onDone(pieces);
    this.#next();
  }

  #giveUp() {
    this.#stop();
    const { grammar, code } = this.#end();
    this.#tooHard.add(`${grammar} ${code}`);
    this.#next();
  }

  #end() {
    const job = this.#job;
    this.#clock.clearTimeout(this.#timer);
    this.#job = null;
    return job;
  }

  #stop() {
    this.#worker.terminate();
    this.#worker = null;
  }
}
