import type { Progress } from './simulator.js';

const WIDTH = 30;
const REDRAW_AFTER_MS = 50;

/** Progress on `stream`: one bar a phase that fills up on a terminal, one line a phase elsewhere. */
export class ProgressBar implements Progress {
  #title = '';
  #done = 0;
  #total = 0;
  #begin = 0;
  #drawn = 0;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  begin(title: string, total: number): void {
    this.#title = title;
    this.#done = 0;
    this.#total = total;
    this.#begin = performance.now();
    this.#draw();
  }

  step(): void {
    this.#done++;
    if (performance.now() - this.#drawn > REDRAW_AFTER_MS) this.#draw();
  }

  end(): void {
    const seconds = ((performance.now() - this.#begin) / 1000).toFixed(1);
    this.#draw();
    this.stream.write(this.stream.isTTY ? `  ${seconds} s\n` : `${this.#title}: ${this.#done} in ${seconds} s\n`);
  }

  #draw(): void {
    if (!this.stream.isTTY) return;
    this.#drawn = performance.now();
    const filled = Math.round((WIDTH * this.#done) / Math.max(1, this.#total));
    const bar = '█'.repeat(filled).padEnd(WIDTH, '░');
    this.stream.write(`\r${this.#title.padEnd(16)} ${bar} ${this.#done}/${this.#total}`);
  }
}
