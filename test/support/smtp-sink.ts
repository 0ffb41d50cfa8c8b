import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface CaughtMail {
  from: string;
  to: string[];
  /** Headers and text as they came, unfolded. */
  source: string;
  text: string;
}

export interface SmtpSink {
  /** For ROLLCALL_SMTP_URL. */
  url: string;
  mails: CaughtMail[];
  /** The newest mail to that address, and about that where something is given; it may still be on its way. */
  mailTo(address: string, about?: string): Promise<CaughtMail>;
  close(): Promise<void>;
}

const WAIT_MS = 10_000;

/** A mail server on loopback that takes everything and delivers nothing (RFC 5321, as much of it as a client needs). */
export async function startSmtpSink(): Promise<SmtpSink> {
  const mails: CaughtMail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => undefined));
    converse(socket, mails);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    async mailTo(address, about = '') {
      for (const end = performance.now() + WAIT_MS; performance.now() < end; ) {
        const found = mails.findLast(({ to, text }) => to.includes(address) && text.includes(about));
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`No mail came to ${address}; there are ${mails.map(({ to }) => to).join(', ') || 'none'}.`);
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function converse(socket: Socket, mails: CaughtMail[]): void {
  let envelope = { from: '', to: [] as string[] };
  let data: string[] | null = null;
  let rest = '';
  const say = (line: string) => socket.write(`${line}\r\n`);
  say('220 sink');
  socket.on('data', (chunk) => {
    const lines = (rest + chunk.toString('utf8')).split('\r\n');
    rest = lines.pop()!; // split gives one at least
    for (const line of lines) {
      if (data && line === '.') {
        mails.push({ ...envelope, ...read(data) });
        envelope = { from: '', to: [] };
        data = null;
        say('250 taken');
      } else if (data) data.push(line.replace(/^\./, ''));
      else if (/^EHLO/i.test(line)) say('250-sink\r\n250 SMTPUTF8');
      else if (/^MAIL FROM:/i.test(line)) envelope.from = /<(.*?)>/.exec(line)![1]!;
      else if (/^RCPT TO:/i.test(line)) envelope.to.push(/<(.*?)>/.exec(line)![1]!);
      else if (/^DATA/i.test(line)) data = [];
      else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
      if (/^(MAIL|RCPT)/i.test(line) && !data) say('250 go on');
      if (/^DATA/i.test(line)) say('354 go on');
    }
  });
}

function read(lines: readonly string[]): Pick<CaughtMail, 'source' | 'text'> {
  const source = lines.join('\n').replace(/\n[ \t]+/g, ' ');
  const body = source.slice(source.indexOf('\n\n') + 2);
  const isQuoted = /^content-transfer-encoding: quoted-printable/im.test(source);
  return { source, text: isQuoted ? unquoted(lines.join('\n').split('\n\n').slice(1).join('\n\n')) : body };
}

function unquoted(text: string): string {
  const bytes = text
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The path and query of the link in a mail. */
export function linkIn({ text }: CaughtMail): string {
  const url = new URL(/https?:\S+/.exec(text)![0]);
  return `${url.pathname}${url.search}`;
}
