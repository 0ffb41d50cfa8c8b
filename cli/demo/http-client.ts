import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { CommandError } from '#cli/command-error.js';

const TRIES = 8;
const MOST_SECONDS_TO_WAIT = 60;

export interface Answer {
  status: number;
  /** Parsed JSON; null when there was no body. */
  body: unknown;
}

interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** With the query, below the client's base URL. */
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Keep-alive connections to one server, which do as they are told: 429 and 503 are tried again after the `Retry-After` they carry. */
export class HttpClient {
  readonly #pool: Pool;
  readonly #prefix: string;
  readonly #milliseconds: number[] = [];
  #pauses = 0;

  /** @param baseUrl http or https, with or without a path */
  constructor(
    baseUrl: string,
    private readonly token: string,
    connections: number,
  ) {
    const { origin, pathname } = new URL(baseUrl);
    this.#pool = new Pool(origin, { connections, pipelining: 1 });
    this.#prefix = pathname.replace(/\/+$/, '');
  }

  /** What each answered request took, in milliseconds, without the pauses. */
  get milliseconds(): readonly number[] {
    return this.#milliseconds;
  }

  /** How often the server asked to slow down. */
  get pauses(): number {
    return this.#pauses;
  }

  /** @throws CommandError when the server does not answer, or not in JSON, or keeps on asking to wait. */
  async send({ method, path, headers, body }: HttpRequest): Promise<Answer> {
    const payload = body === undefined ? null : JSON.stringify(body);
    for (let attempt = 1; ; attempt++) {
      const begin = performance.now();
      const answer = await this.#pool
        .request({
          method,
          path: this.#prefix + path,
          headers: { authorization: `Bearer ${this.token}`, ...headers },
          body: payload,
        })
        .then(async ({ statusCode, headers, body }) => ({ status: statusCode, headers, text: await body.text() }))
        .catch((error: Error) => {
          throw new CommandError(`${method} ${path}: no answer (${error.message || error.name}).`);
        });
      this.#milliseconds.push(performance.now() - begin);
      const isPause = answer.status === 429 || answer.status === 503;
      if (!isPause || attempt === TRIES) return { status: answer.status, body: parsed(answer.text, method, path) };
      this.#pauses++;
      const seconds = Number(answer.headers['retry-after'] ?? 1);
      await delay(1000 * (seconds >= 0 ? Math.min(seconds, MOST_SECONDS_TO_WAIT) : 1));
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

function parsed(text: string, method: string, path: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandError(`${method} ${path}: what answers there is not Rollcall ("${text.slice(0, 40).trim()}…").`);
  }
}
