import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

const CHUNK_CHARACTERS = 64 * 1024;

/** Writes an answer piece by piece: a short one in one go with its length, a long one in chunks as fast as they are read. `keep` hears all of it. */
export class TextStream {
  #pending = '';

  constructor(
    private readonly res: ServerResponse,
    private readonly status: number,
    private readonly headers: Record<string, string>,
    private readonly keep: (text: string) => void,
  ) {}

  /** Resolves at once while there is room. Rejects when the reader has gone. */
  write(text: string): Promise<void> | undefined {
    this.#pending += text;
    return this.#pending.length < CHUNK_CHARACTERS ? undefined : this.#flush();
  }

  end(text: string): void {
    const rest = this.#pending + text;
    if (!this.res.headersSent) {
      this.res.writeHead(this.status, { ...this.headers, 'Content-Length': Buffer.byteLength(rest) });
    }
    this.res.end(rest);
    this.keep(rest);
  }

  async #flush(): Promise<void> {
    if (!this.res.headersSent) this.res.writeHead(this.status, this.headers);
    const text = this.#pending;
    this.#pending = '';
    this.keep(text);
    if (this.res.write(text)) return;
    const gone = new AbortController();
    const onClose = () => gone.abort();
    this.res.once('close', onClose);
    try {
      if (this.res.destroyed) gone.abort();
      await once(this.res, 'drain', { signal: gone.signal });
    } finally {
      this.res.off('close', onClose);
    }
  }
}
