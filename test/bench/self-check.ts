import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { runPhase } from './load.js';
import { printHead, printResult } from './report.js';
import { ScimSubject } from './scim-subject.js';
import { personAt } from './subject.js';

/** Answers everything with the same user, as fast as a socket can. */
const ANSWERER = `
  const body = process.argv[1];
  const answer = 'HTTP/1.1 200 OK\\r\\nContent-Type: application/scim+json\\r\\nContent-Length: ' + Buffer.byteLength(body) + '\\r\\n\\r\\n' + body;
  const server = require('node:net').createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('data', () => socket.write(answer));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;

/** How many requests a second the load generator can send, and what one costs it: far more and far less than what it measures, or it measures itself. */
export async function selfCheck(concurrency: number): Promise<void> {
  const body = JSON.stringify({ ...personAt(1), id: 'x', totalResults: 1 });
  const answerer = spawn(process.execPath, ['-e', ANSWERER, body], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [port] = (await once(answerer.stdout, 'data')) as [Buffer];
    const subject = new ScimSubject({ scimBaseUrl: `http://127.0.0.1:${Number(port)}/scim/v2`, scimToken: 'none' });
    const own = () => {
      const { user, system } = process.cpuUsage();
      return { node: user + system, postgres: 0, statements: null };
    };
    const phase = { workers: concurrency, count: 20_000 };
    await runPhase({ ...phase, name: '', operation: (k, w) => subject.findByUserName(w, k) });
    printHead();
    printResult(
      await runPhase(
        { ...phase, name: 'load generator: GET', operation: (k, w) => subject.findByUserName(w, k) },
        { read: async () => own() },
      ),
    );
    printResult(
      await runPhase(
        { ...phase, name: 'load generator: PATCH', operation: (k, w) => subject.setActive(w, k, true) },
        { read: async () => own() },
      ),
    );
    await subject.close();
  } finally {
    answerer.kill();
  }
}
