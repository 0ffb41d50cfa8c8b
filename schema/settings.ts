import { isIP } from 'node:net';

type Program = 'core-api' | 'gateway';

/** One environment variable that Rollcall reads. */
export interface Setting {
  name: string;
  /** As one would write it; null when there is none, and `meaning` says what then happens. */
  default: string | null;
  meaning: string;
  programs: readonly Program[];
  /** Also read from the file that `<name>_FILE` names; its value is never shown. */
  secret?: true;
}

const both = ['core-api', 'gateway'] as const;
const core = ['core-api'] as const;
const gateway = ['gateway'] as const;

/** Every variable there is, in the order of the README's table. */
export const SETTINGS = [
  { name: 'PORT', default: '4000', meaning: 'Port to listen on; 0 takes a free one.', programs: both },
  { name: 'HOST', default: '127.0.0.1', meaning: 'Address to listen on; 0.0.0.0 for all.', programs: both },
  {
    name: 'ROLLCALL_PUBLIC_URL',
    default: null,
    meaning:
      'Where clients reach this server, as in https://id.example.com. Without it: what a trusted proxy says, else http://HOST:PORT.',
    programs: both,
  },
  {
    name: 'ROLLCALL_DATA_DIR',
    default: '.data',
    meaning: 'Folder of the embedded PostgreSQL and of generated keys.',
    programs: core,
  },
  {
    name: 'DATABASE_URL',
    default: null,
    meaning: 'PostgreSQL 15 or newer, UTF8, for the application. Without it: the embedded PostgreSQL.',
    programs: core,
    secret: true,
  },
  {
    name: 'DATABASE_OWNER_URL',
    default: null,
    meaning: 'The same database for the role that owns the tables and runs migrations. Without it: DATABASE_URL.',
    programs: core,
    secret: true,
  },
  {
    name: 'ROLLCALL_KEYS',
    default: null,
    meaning:
      'Keys of encrypted columns, id:base64 of 32 bytes, separated by commas; the first encrypts, all decrypt. Without it: generated in the data folder.',
    programs: core,
    secret: true,
  },
  {
    name: 'ROLLCALL_GATEWAY_KEY',
    default: null,
    meaning: 'Shared by core-api and gateway when they run apart, 32 characters or more. In one process: generated.',
    programs: both,
    secret: true,
  },
  {
    name: 'CORE_API_URL',
    default: null,
    meaning: 'Where the gateway finds core-api when they run apart, as in http://core-api:4000.',
    programs: gateway,
  },
  {
    name: 'ROLLCALL_ALLOWED_ORIGINS',
    default: '',
    meaning: 'Origins of browser applications that may call GraphQL, exact, separated by commas.',
    programs: core,
  },
  {
    name: 'ROLLCALL_OUTBOUND_ALLOW',
    default: null,
    meaning:
      "Addresses and ranges (10.0.0.0/8) that requests to identity providers may go to although they are not public, also by http and at any port; separated by commas. Without it: none when NODE_ENV is production, else this machine's own.",
    programs: core,
  },
  {
    name: 'ROLLCALL_INTROSPECTION',
    default: null,
    meaning: 'on or off: whether GraphQL tells its schema. Without it: on, but off when NODE_ENV is production.',
    programs: core,
  },
  {
    name: 'ROLLCALL_LOG_LEVEL',
    default: 'info',
    meaning: 'fatal, error, warn, info, debug, trace or silent.',
    programs: both,
  },
  { name: 'ROLLCALL_POOL_SIZE', default: '16', meaning: 'Database connections of one process.', programs: core },
  {
    name: 'ROLLCALL_POOLER',
    default: 'none',
    meaning:
      'none, prepared or unprepared: whether DATABASE_URL leads to a pooler that gives each transaction another connection, as PgBouncer does, and whether that one knows prepared statements.',
    programs: core,
  },
  {
    name: 'ROLLCALL_ROW_SECURITY',
    default: null,
    meaning:
      'on or off: whether PostgreSQL itself keeps companies apart, too, by row-level security. Holds for the database, so start every process anew after a change. Without it: as the database is, and off in a new one.',
    programs: core,
  },
  {
    name: 'REQUIRE_PATCHED_PG',
    default: null,
    meaning: '1: refuse to start on a PostgreSQL that lacks security fixes, instead of warning. Without it: 0.',
    programs: core,
  },
  {
    name: 'ROLLCALL_DNS_SERVERS',
    default: '',
    meaning:
      "DNS servers that are asked whether a domain is a company's, separated by commas: addresses, with a port or without. Without it: those of the system.",
    programs: core,
  },
  {
    name: 'ROLLCALL_SMTP_URL',
    default: null,
    meaning:
      'Mail server, as in smtps://user:password@mail.example.com. Without it: in production no mail is sent, and no way that needs one is offered; else mails are printed.',
    programs: core,
    secret: true,
  },
  {
    name: 'ROLLCALL_MAIL_FROM',
    default: null,
    meaning: 'Sender of mails, as in Rollcall <rollcall@example.com>. Set together with ROLLCALL_SMTP_URL.',
    programs: core,
  },
  {
    name: 'ROLLCALL_JOBS',
    default: 'on',
    meaning:
      'on or off: whether this process also seals the change log, watches it, looks after verified domains and throws away what is kept for a time only. One process has to.',
    programs: core,
  },
  {
    name: 'ROLLCALL_SCIM_RATE',
    default: '100',
    meaning: 'SCIM requests a second and directory, with bursts of four times as many; 0 for no limit.',
    programs: gateway,
  },
  {
    name: 'ROLLCALL_TRUSTED_PROXIES',
    default: '',
    meaning:
      'Proxies whose X-Forwarded-For, and X-Forwarded-Host and -Proto where ROLLCALL_PUBLIC_URL is not set, are believed: addresses, ranges (10.0.0.0/8), or loopback, linklocal, uniquelocal; separated by commas. core-api believes X-Forwarded-For alone.',
    programs: both,
  },
] as const satisfies readonly Setting[];

export type SettingName = (typeof SETTINGS)[number]['name'];

/** A variable that cannot be used. `message` names it and what is allowed, on one line, and never shows a secret. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

export type Environment = Readonly<Record<string, string | undefined>>;

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Reads variables one by one, each with its check. An empty one counts as not set, as compose files write it. */
export class SettingsReader {
  readonly #env: Environment;
  readonly #readFile: (path: string) => string;

  /**
   * @param readFile reads the file of a `_FILE` variable; it may throw
   * @throws SettingError for a variable that begins with ROLLCALL_ and that nobody reads: most likely a slip of the pen
   */
  constructor(env: Environment, readFile: (path: string) => string) {
    this.#env = env;
    this.#readFile = readFile;
    const known = SETTINGS.flatMap((setting: Setting) =>
      setting.secret ? [setting.name, `${setting.name}_FILE`] : [setting.name],
    );
    for (const name of Object.keys(env)) {
      if (!name.startsWith('ROLLCALL_') || known.includes(name)) continue;
      const meant = nearest(name, known);
      throw new SettingError(`unknown variable ${name}${meant ? `; did you mean ${meant}?` : '.'}`);
    }
  }

  /** The text as set, else the default; null when there is neither. */
  text(name: SettingName): string | null {
    const setting: Setting = SETTINGS.find((candidate) => candidate.name === name)!; // SettingName lists them
    const direct = this.#env[name]?.trim() || null;
    const file = setting.secret ? this.#env[`${name}_FILE`]?.trim() : undefined;
    if (!file) return direct ?? setting.default;
    if (direct) throw new SettingError(`${name} and ${name}_FILE are both set: leave one out.`);
    try {
      return this.#readFile(file).trim() || null;
    } catch (error) {
      throw new SettingError(`${name}_FILE: ${file} cannot be read (${(error as { code?: string }).code}).`);
    }
  }

  integer(name: SettingName, least: number, most: number): number {
    const text = this.text(name) ?? '';
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new SettingError(`${name} must be a whole number from ${least} to ${most}, and is "${text}".`);
    }
    return value;
  }

  /** null when nothing is set. */
  oneOf<T extends string>(name: SettingName, allowed: readonly T[]): T | null {
    const text = this.text(name);
    if (text === null || allowed.includes(text as T)) return text as T | null;
    throw new SettingError(`${name} must be one of ${allowed.join(', ')}, and is "${text}".`);
  }

  /** The parts between commas. */
  list(name: SettingName): string[] {
    const parts = (this.text(name) ?? '').split(',').map((part) => part.trim());
    return parts.filter((part) => part !== '');
  }

  /** An http or https address without a slash at its end. */
  url(name: SettingName): string | null {
    const text = this.text(name);
    if (text === null) return null;
    const url = URL.canParse(text) ? new URL(text) : null;
    const plain = url && !url.search && !url.hash && !url.username && !url.password;
    if (!plain || !/^https?:$/.test(url.protocol)) {
      throw new SettingError(`${name} must be an address like https://id.example.com, without query or password.`);
    }
    return url.href.replace(/\/+$/, '');
  }

  host(): string {
    const host = (this.text('HOST') ?? '').replace(/^\[(.*)\]$/, '$1');
    if (/^[\w.:%-]+$/.test(host)) return host;
    throw new SettingError(`HOST must be an address or a host name, and is "${host}".`);
  }

  /** ROLLCALL_PUBLIC_URL, else where `host` and `port` are reached from this machine. */
  publicUrl(host: string, port: number): string {
    return this.url('ROLLCALL_PUBLIC_URL') ?? localUrl(host, port);
  }

  gatewayKey(): string | null {
    const key = this.text('ROLLCALL_GATEWAY_KEY');
    if (key === null || /^[\x21-\x7e]{32,}$/.test(key)) return key;
    throw new SettingError('ROLLCALL_GATEWAY_KEY must have 32 characters or more, all visible ASCII.');
  }

  /** Addresses, ranges, or Express's names for some. */
  trustedProxies(): string[] {
    return this.list('ROLLCALL_TRUSTED_PROXIES').map(trustedProxy);
  }

  logLevel(): LogLevel {
    return this.oneOf('ROLLCALL_LOG_LEVEL', LOG_LEVELS) ?? 'info';
  }
}

function trustedProxy(text: string): string {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return text;
  const [address = '', bits, ...rest] = text.split('/');
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const fits = bits === undefined ? longest > 0 : /^\d{1,3}$/.test(bits) && Number(bits) <= longest;
  if (fits && rest.length === 0) return text;
  throw new SettingError(
    `ROLLCALL_TRUSTED_PROXIES lists addresses, ranges like 10.0.0.0/8, or loopback, linklocal, uniquelocal; "${text}" is none.`,
  );
}

/** The address of a server that listens on `host` and `port`, as a browser on the same machine would open it. */
export function localUrl(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function nearest(name: string, known: readonly string[]): string | null {
  const [best] = known
    .map((candidate) => ({ candidate, edits: editsBetween(name, candidate) }))
    .sort((a, b) => a.edits - b.edits);
  return best && best.edits <= Math.max(3, name.length / 4) ? best.candidate : null;
}

/** Levenshtein's distance. */
function editsBetween(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...left].entries()) {
    let diagonal = row[0]!;
    const next = [index + 1];
    for (let column = 1; column <= right.length; column++) {
      const above = row[column]!;
      next.push(letter === right[column - 1] ? diagonal : 1 + Math.min(diagonal, above, next[column - 1]!));
      diagonal = above;
    }
    row = next;
  }
  return row.at(-1)!;
}
