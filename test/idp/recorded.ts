import { readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { gunzipSync, inflateSync } from 'node:zlib';

/** One file of the recorded traffic; README.md beside this file explains its parts. */
export interface RecordedExchange {
  title: string;
  request: {
    method: string;
    /** Relative to the SCIM base URL, with the query exactly as the provider sends it. */
    path: string;
    headers?: Record<string, string>;
    body?: unknown;
    /** The text of the body, where it is not what `JSON.stringify` would write. */
    rawBody?: string;
    /** What to send instead of the directory's token: the header's whole value, or `none` for no header. */
    authorization?: string;
  };
  answer: {
    status: number;
    headers?: Record<string, string>;
    /** Null: the answer has no body. */
    body: unknown;
  };
  /** Which habits of the catalogue the request has, and how often each; left out, it has none, and a strict directory answers it alike. */
  tolerances?: Record<string, number>;
  /** Name → JSON pointer (RFC 6901) into the answer's body. */
  capture?: Record<string, string>;
}

/** A look at what the product made of the traffic, or a piece of set-up, through GraphQL. */
interface RecordedQuery {
  title: string;
  graphql: { query: string; variables?: Record<string, unknown> };
  /** `errors`: the code of each, in order; left out, there is none. */
  answer: { data: unknown; errors?: string[] };
  /** Name → JSON pointer into the answer's `data`. */
  capture?: Record<string, string>;
}

/** The texts that `{{name}}` stands for: `base` and `token`, and what earlier answers of the folder gave. */
export type Captured = Map<string, string>;

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

const ROOT = new URL('./', import.meta.url);
const KNOWN_KEYS = ['title', 'request', 'graphql', 'answer', 'tolerances', 'capture'];
const UNORDERED = '{{unordered}}';

/** Placeholders that any text of their shape satisfies. */
const SHAPES = new Map([
  ['id', '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'],
  ['time', String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z`],
  ['version', 'W/"[^"]+"'],
  ['any', '[^]+'],
]);

/** The folders beside this file, one for each provider. */
export function recordedFolders(): string[] {
  return foldersIn('').filter((name) => !name.startsWith('guide-'));
}

/** The folders of the guides, one for each provider in each guide, and the preset that the guide's customers are on. */
export function guideFolders(): { folder: string; preset: string }[] {
  return foldersIn('')
    .filter((name) => name.startsWith('guide-'))
    .flatMap((guide) => {
      const { preset } = JSON.parse(readFileSync(new URL(`${guide}/guide.json`, ROOT), 'utf8')) as { preset: string };
      return foldersIn(`${guide}/`).map((provider) => ({ folder: `${guide}/${provider}`, preset }));
    });
}

function foldersIn(path: string): string[] {
  return readdirSync(new URL(path, ROOT), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** @throws as `readGuide`. */
export function readRecorded(folder: string): { file: string; exchange: RecordedExchange }[] {
  return readGuide(folder).map(({ file, exchange }) => {
    if ('graphql' in exchange) throw new Error(`${folder}/${file} asks GraphQL, which is for guides.`);
    return { file, exchange };
  });
}

/** @throws when the files are not numbered 01, 02, … without a gap, or hold a key that nobody reads. */
export function readGuide(folder: string): { file: string; exchange: RecordedExchange | RecordedQuery }[] {
  const files = readdirSync(new URL(`${folder}/`, ROOT)).sort();
  return files.map((file, index) => {
    if (Number.parseInt(file, 10) !== index + 1) throw new Error(`${folder}/${file} should be number ${index + 1}.`);
    // The files are our own, and each part is checked where it is used.
    const exchange = JSON.parse(readFileSync(new URL(`${folder}/${file}`, ROOT), 'utf8')) as
      | RecordedExchange
      | RecordedQuery;
    const unknown = Object.keys(exchange).filter((key) => !KNOWN_KEYS.includes(key));
    if (unknown.length > 0) throw new Error(`${folder}/${file} has the unknown keys ${unknown.join(', ')}.`);
    return { file, exchange };
  });
}

/**
 * Sends the request as it was recorded. Not by `fetch`, which tidies a URL: a trailing `?` would be lost.
 *
 * @param token the directory's token, unless the recording says otherwise.
 */
export function send(
  { method, path, headers, body, rawBody, authorization }: RecordedExchange['request'],
  token: string,
  captured: Captured,
): Promise<HttpAnswer> {
  const base = new URL(captured.get('base') ?? '');
  const text = rawBody ?? (body === undefined ? undefined : JSON.stringify(fillIn(body, captured)));
  const sent: Record<string, string | number> = { ...headers };
  if (authorization !== 'none') sent.Authorization = fillInText(authorization ?? `Bearer ${token}`, captured);
  if (text !== undefined) sent['Content-Length'] = Buffer.byteLength(text);

  return new Promise((resolve, reject) => {
    const options = { method, path: base.pathname + fillInText(path, captured), headers: sent, agent: false };
    const outgoing = httpRequest(base, options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('error', reject);
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const text = decode(Buffer.concat(chunks), incoming.headers['content-encoding']);
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

/**
 * What the answer lacks or has too much, one line each; empty when it is the answer owed. Captures first, so that the
 * answer may name what it has just given.
 */
export function differencesFrom(
  { request, answer: owed, capture = {} }: RecordedExchange,
  { status, headers, text }: HttpAnswer,
  captured: Captured,
): string[] {
  const body = parseBody(text);
  keep(capture, body, captured);

  const found = [
    ...differences(owed.status, status, captured, 'status'),
    ...Object.entries(owed.headers ?? {}).flatMap(([name, value]) =>
      differences(value, headers[name.toLowerCase()], captured, `header ${name}`),
    ),
    ...differences('{{any}}', headers['x-request-id'], captured, 'header x-request-id'),
    ...differences(owed.body, body, captured, ''),
  ];
  if (owed.body === null) return found;

  const version = valueAt(body, '/meta/version');
  if (headers.etag !== undefined && version !== undefined) {
    found.push(...differences(version, headers.etag, captured, 'header etag, beside meta.version'));
  }
  const contentType = `${mediaTypeOwed(request.headers)}; charset=utf-8`;
  return [...found, ...differences(contentType, headers['content-type'], captured, 'header content-type')];
}

/** What GraphQL's answer lacks or has too much, one line each. */
export function differencesFromQuery(
  { answer, capture = {} }: RecordedQuery,
  body: { data?: unknown; errors?: { extensions: { code: string } }[] },
  captured: Captured,
): string[] {
  keep(capture, body.data, captured);
  const codes = (body.errors ?? []).map(({ extensions }) => extensions.code);
  return [
    ...differences(answer.errors ?? [], codes, captured, 'errors'),
    ...differences(answer.data, body.data ?? null, captured, ''),
  ];
}

function keep(capture: Record<string, string>, body: unknown, captured: Captured): void {
  for (const [name, pointer] of Object.entries(capture)) {
    const value = valueAt(body, pointer);
    if (typeof value === 'string') captured.set(name, value);
  }
}

/** Compares both ways: a key that is not listed is a difference, and so is a listed one that is missing. */
export function differences(expected: unknown, actual: unknown, captured: Captured, at: string): string[] {
  const here = at === '' ? 'the body' : at;
  const unlike = () => [`${here}: expected ${shown(expected)}, got ${shown(actual)}`];

  if (typeof expected === 'string') {
    const matches = typeof actual === 'string' && patternOf(expected, captured).test(actual);
    return matches ? [] : unlike();
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return unlike();
    return expected.flatMap((element, index) => differences(element, actual[index], captured, `${at}/${index}`));
  }
  if (!isObject(expected)) return Object.is(expected, actual) ? [] : unlike();

  const unordered = expected[UNORDERED];
  if (Array.isArray(unordered)) return differencesUnordered(unordered, actual, captured, here);

  if (!isObject(actual)) return unlike();
  const notListed = Object.keys(actual).filter((key) => !Object.hasOwn(expected, key));
  return [
    ...notListed.map((key) => `${at}/${key}: not owed, got ${shown(actual[key])}`),
    ...Object.entries(expected).flatMap(([key, value]) =>
      Object.hasOwn(actual, key)
        ? differences(value, actual[key], captured, `${at}/${key}`)
        : [`${at}/${key}: missing, expected ${shown(value)}`],
    ),
  ];
}

function differencesUnordered(expected: unknown[], actual: unknown, captured: Captured, here: string): string[] {
  if (!Array.isArray(actual)) return [`${here}: expected an array, got ${shown(actual)}`];
  const left = [...actual];
  const missing = expected.filter((element) => {
    const index = left.findIndex((candidate) => differences(element, candidate, captured, '').length === 0);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  return [
    ...missing.map((element) => `${here}: no element is ${shown(element)}`),
    ...left.map((element) => `${here}: not owed, got the element ${shown(element)}`),
  ];
}

/** A recording that names something no earlier answer gave fails here, with that name. */
function patternOf(expected: string, captured: Captured): RegExp {
  const parts = expected.split(/\{\{(\w+)\}\}/);
  const source = parts.map((part, index) =>
    index % 2 === 0 ? literal(part) : (SHAPES.get(part) ?? literal(known(part, captured))),
  );
  return new RegExp(`^${source.join('')}$`);
}

/** The pattern that matches this text alone; the runtime's own RegExp.escape is newer than our `lib`. */
function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

/** A copy of what is sent with the placeholders filled in. */
export function fillIn(value: unknown, captured: Captured): unknown {
  if (typeof value === 'string') return fillInText(value, captured);
  if (Array.isArray(value)) return value.map((element) => fillIn(element, captured));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fillIn(inner, captured)]));
}

function fillInText(text: string, captured: Captured): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => known(name, captured));
}

function known(name: string, captured: Captured): string {
  const value = captured.get(name);
  if (value === undefined) throw new Error(`Nothing has been captured as ${name}.`);
  return value;
}

/** SCIM's own media type, unless the client accepts JSON and never mentions SCIM. */
function mediaTypeOwed(headers: Record<string, string> = {}): string {
  const accept = Object.entries(headers).find(([name]) => name.toLowerCase() === 'accept')?.[1] ?? '';
  return accept.includes('application/json') && !accept.includes('scim+json')
    ? 'application/json'
    : 'application/scim+json';
}

/** Null for no body. A body that is not JSON stays text, and so differs from what is owed. */
function parseBody(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function decode(bytes: Buffer, encoding: string | undefined): string {
  if (encoding === 'gzip') return gunzipSync(bytes).toString();
  if (encoding === 'deflate') return inflateSync(bytes).toString();
  return bytes.toString();
}

function valueAt(body: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, key) => {
      if (Array.isArray(value)) return value[Number(key)];
      return isObject(value) ? value[key] : undefined;
    }, body);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
