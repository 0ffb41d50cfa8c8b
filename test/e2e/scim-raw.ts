import { connect } from 'node:net';
import type { TestCompany } from '#test/support/rollcall.js';

interface Parts {
  headers?: string[];
  body?: string;
  token?: string | null;
}

/** Speaks HTTP as no library would: line by line, on a connection that ends with the answer. */
export function rawClient({ scimBaseUrl, scimToken }: Pick<TestCompany, 'scimBaseUrl' | 'scimToken'>) {
  const { hostname, port } = new URL(scimBaseUrl);
  /** Sends the text as it is, and gives back whatever comes until the other side closes, or says nothing for `waitMs`. */
  const send = (text: string, waitMs = 5_000) =>
    new Promise<string>((resolve, reject) => {
      let answer = '';
      const socket = connect(Number(port), hostname, () => socket.write(text));
      socket.setTimeout(waitMs, () => socket.destroy());
      socket.on('data', (data) => {
        answer += data;
      });
      socket.on('close', () => resolve(answer));
      socket.on('error', (error: NodeJS.ErrnoException) =>
        error.code === 'ECONNRESET' ? resolve(answer) : reject(error),
      );
    });
  /** @param line `GET /scim/v2/Users HTTP/1.1` */
  const request = (line: string, { headers = [], body = '', token = scimToken }: Parts = {}) => {
    const authorization = token === null ? [] : [`Authorization: Bearer ${token}`];
    return send([line, 'Host: x', 'Connection: close', ...authorization, ...headers, '', body].join('\r\n'));
  };
  return { send, request };
}

export function statusOf(answer: string): number {
  return Number(answer.split(' ')[1]);
}
