import { createSocket } from 'node:dgram';

/** How a name without records is answered: it isn't there, the server failed, or not at all. */
type Otherwise = 'NXDOMAIN' | 'SERVFAIL' | 'SILENCE';

export interface DnsServer {
  /** As `ROLLCALL_DNS_SERVERS` takes it. */
  address: string;
  /** By name, in lower case; each text is one record. */
  texts: Map<string, string[]>;
  otherwise: Otherwise;
  close(): Promise<void>;
}

const TXT = 16;
const HEADER_BYTES = 12;
const RCODE = { NXDOMAIN: 3, SERVFAIL: 2 } as const;

/** A name server on loopback that knows TXT records and nothing else (RFC 1035 §4). */
export async function startDnsServer(): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const server: DnsServer = {
    address: '',
    texts: new Map(),
    otherwise: 'NXDOMAIN',
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
  socket.on('message', (query, { port, address }) => {
    const answer = answerTo(query, server);
    if (answer) socket.send(answer, port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  server.address = `127.0.0.1:${socket.address().port}`;
  return server;
}

function answerTo(query: Buffer, { texts, otherwise }: DnsServer): Buffer | null {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at++]!; length > 0; length = query[at++]!) {
    labels.push(query.toString('latin1', at, at + length));
    at += length;
  }
  const question = query.subarray(HEADER_BYTES, at + 4);
  const isTxt = question.readUInt16BE(question.length - 4) === TXT;
  const records = texts.get(labels.join('.').toLowerCase());
  if (!records && otherwise === 'SILENCE') return null;
  const answers = records && isTxt ? records.map(recordOf) : [];
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  // An answer, recursion wished for and offered.
  header.writeUInt16BE(0x8180 | (records || otherwise === 'SILENCE' ? 0 : RCODE[otherwise]), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  return Buffer.concat([header, question, ...answers]);
}

/** Named by a pointer to the question; strings of a record have 255 bytes at most, so a longer text is several. */
function recordOf(text: string): Buffer {
  const bytes = Buffer.from(text);
  const strings: Buffer[] = [];
  for (let from = 0; from < bytes.length || from === 0; from += 255) {
    const part = bytes.subarray(from, from + 255);
    strings.push(Buffer.from([part.length]), part);
  }
  const data = Buffer.concat(strings);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  head.writeUInt16BE(TXT, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(0, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
