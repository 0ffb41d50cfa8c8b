import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  status: number;
  body: Buffer;
}

interface Head {
  status: number;
  /** Where the body begins. */
  start: number;
  /** Bytes of the body; null when it comes in chunks. */
  length: number | null;
  closes: boolean;
}

const TIMEOUT_MS = 60_000;

/**
 * One keep-alive connection with one request under way at a time. What a load generator costs is taken from what it measures, on the same two cores:
 * this is a socket and a small parser, without a pool, a queue or streams.
 */
export class Connection {
  #socket: Socket | null = null;
  #buffer: Buffer = Buffer.alloc(0);
  #head: Head | null = null;
  #waiting: { resolve(answer: HttpAnswer): void; reject(error: Error): void } | null = null;

  constructor(private readonly url: { hostname: string; port: string }) {}

  /** Sends a whole request, as text, and waits for the answer to it. */
  async send(request: string): Promise<HttpAnswer> {
    const socket = this.#socket ?? (await this.#open());
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      socket.write(request);
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  #open(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: this.url.hostname, port: Number(this.url.port), noDelay: true });
      socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer in time')));
      socket.on('connect', () => {
        this.#socket = socket;
        resolve(socket);
      });
      socket.on('data', (data) => this.#read(data));
      socket.on('error', reject);
      socket.on('close', () => this.#lost(socket));
      socket.on('error', (error) => this.#lost(socket, error));
    });
  }

  #lost(socket: Socket, error: Error = new Error('the connection was closed')): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#buffer = Buffer.alloc(0);
    this.#head = null;
    this.#waiting?.reject(error);
    this.#waiting = null;
  }

  #read(data: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? data : Buffer.concat([this.#buffer, data]);
    this.#head ??= headOf(this.#buffer);
    if (!this.#head) return;
    const { start, length } = this.#head;
    if (length === null) {
      const body = wholeChunks(this.#buffer, start);
      if (body) this.#answer(this.#head, body);
    } else if (this.#buffer.length >= start + length) {
      this.#answer(this.#head, this.#buffer.subarray(start, start + length));
    }
  }

  #answer({ status, closes }: Head, body: Buffer): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#head = null;
    this.#buffer = Buffer.alloc(0);
    if (closes) this.close();
    waiting?.resolve({ status, body });
  }
}

function headOf(buffer: Buffer): Head | null {
  const end = buffer.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const text = buffer.toString('latin1', 0, end).toLowerCase();
  const status = Number(text.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/.exec(text)?.[1];
  const hasBody = status !== 204 && status !== 304;
  const inChunks = hasBody && /\r\ntransfer-encoding: *chunked/.test(text);
  return {
    status,
    start: end + 4,
    length: inChunks ? null : hasBody ? Number(length ?? 0) : 0,
    closes: /\r\nconnection: *close/.test(text),
  };
}

/** The body, once its last chunk is here; null before that. */
function wholeChunks(buffer: Buffer, start: number): Buffer | null {
  const parts: Buffer[] = [];
  for (let at = start; ; ) {
    const line = buffer.indexOf('\r\n', at);
    if (line < 0) return null;
    const size = Number.parseInt(buffer.toString('latin1', at, line), 16);
    const next = line + 2 + size + 2;
    if (buffer.length < next) return null;
    if (size === 0) return Buffer.concat(parts);
    parts.push(buffer.subarray(line + 2, line + 2 + size));
    at = next;
  }
}
