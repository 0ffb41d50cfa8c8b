/** What the request log keeps of a body at most, in bytes. */
export const MOST_BYTES = 64 * 1024;

/** More of a text is looked at than is kept, so that a secret at the end of what is kept is still whole. */
export const LOOKED_BEYOND = 1024;
export const MOST_LOOKED_AT = MOST_BYTES + LOOKED_BEYOND;

const MASK = '***';
const CUT = '… (cut)';
const MOST_SECRETS = 50;
/** Shorter ones would mask half of the text, and protect nothing. */
const SHORTEST_SECRET = 4;
const LONGEST_SECRET = 1024;

const NAMES =
  'passw(?:or)?d|passwd|passphrase|passcode|pwd|secret|token|authorization|api[-_ ]?key|private[-_ ]?key|cookie|credential|assertion|saml(?:request|response)';
const SECRET_NAME = new RegExp(NAMES, 'i');
const VALUE = `(\\\\*"(?:[^"\\\\]|\\\\.)*"?|'[^']*'?|[[{][\\s\\S]*|[^\\s,;&}\\]]+)`;
const NAMED_VALUE = new RegExp(`((?:${NAMES})[\\w.$-]{0,64}["'\\\\]{0,4}\\s{0,8}[:=]\\s{0,8})${VALUE}`, 'gi');
const CLAUSE = new RegExp(
  `((?:${NAMES})[\\w.$:-]{0,64}\\s{1,8}(?:eq|ne|co|sw|ew|gt|ge|lt|le)\\s{1,8})("(?:[^"\\\\]|\\\\.)*"?|[^\\s)\\]]+)`,
  'gi',
);
const SECRET_PATH = new RegExp(`path["'\\\\]{0,4}\\s{0,8}[:=]\\s{0,8}["'\\\\]{0,4}[^"',]{0,200}?(?:${NAMES})`, 'i');
const PATCH_VALUE = new RegExp(`(value["'\\\\]{0,4}\\s{0,8}[:=]\\s{0,8})${VALUE}`, 'gi');
/** Tokens by their form, wherever they stand: ours, signed ones (JWT), and those behind the word of an Authorization header. */
const TOKEN =
  /\brc[a-z]_[0-9A-Za-z_]{8,}|\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}|(?<=\b(?:bearer|basic)\s{1,8})[\w.~+/=-]{16,}/gi;
/** Every name, and every form of a token, without what stands around it: in JSON a letter of an escape may come right before. */
const SUSPICIOUS = new RegExp(`${NAMES}|bearer|basic|rc[a-z]_[0-9A-Za-z_]{8}|eyJ[\\w-]{8}`, 'i');
/** What JSON and an address leave as it is. */
const SAME_IN_ALL_FORMS = /^[\w.~-]*$/;

/**
 * Whether a text may hold a secret by its name or by its form. What is not suspicious no `Masking` would change, and nearly everything is not: to ask costs
 * a twentieth of masking. Escapes may hide any letter.
 */
export function isSuspicious(text: string): boolean {
  return text.includes('\\u') || text.includes('\0') || SUSPICIOUS.test(text);
}

/**
 * Takes the secrets out of what one request leaves in the request log. JSON is masked by the names of its members, everything else by patterns, more
 * rather than less; and what was found to be a secret in one place is masked in all (`cleaned`).
 */
export class Masking {
  /** As they are, and as they stand in JSON and in addresses. */
  readonly #forms = new Set<string>();
  #secrets = 0;

  /** @param secrets known ones, such as the credential of the request. */
  constructor(secrets: readonly string[] = []) {
    for (const secret of secrets) this.#remember(secret);
  }

  /** A JSON value as text: as much of it as is kept. */
  json(value: unknown): string {
    const out = new BoundedText();
    this.#write(value, out, false);
    return out.text;
  }

  /** A text of any kind, also JSON that is broken or cut off. */
  text(text: string): string {
    if (!isSuspicious(text)) return text;
    // Letters that are written as escapes, or as UTF-16, must not hide a name.
    let plain = text
      .replaceAll('\0', '')
      .replace(/\\u00([46][1-9a-f]|[57][0-9a]|5f|2d)/gi, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
    plain = plain.replace(TOKEN, MASK);
    const isPatchOfSecret = SECRET_PATH.test(plain);
    const hide = (_: string, before: string, value: string) => {
      this.#remember(value.replace(/^\\*["']|\\*["']$/g, ''));
      return `${before}"${MASK}"`;
    };
    plain = plain.replace(CLAUSE, hide).replace(NAMED_VALUE, hide);
    return isPatchOfSecret ? plain.replace(PATCH_VALUE, hide) : plain;
  }

  /** A path with its query, as it came. */
  url(url: string): string {
    if (!isSuspicious(decoded(url))) return url;
    const question = url.indexOf('?');
    if (question < 0) return this.#encoded(url);
    const parameters = url
      .slice(question + 1)
      .split('&')
      .map((part) => {
        const equals = part.indexOf('=');
        if (equals < 0) return this.#encoded(part);
        const [name, value] = [part.slice(0, equals), part.slice(equals + 1)];
        if (!SECRET_NAME.test(decoded(name))) return `${name}=${this.#encoded(value)}`;
        this.#remember(decoded(value));
        this.#remember(value);
        return `${name}=${MASK}`;
      });
    return `${this.#encoded(url.slice(0, question))}?${parameters.join('&')}`;
  }

  /** Without the secrets that were found so far, storable, and cut to what is kept. */
  cleaned(text: string, mostBytes = MOST_BYTES): string {
    let clean = text;
    for (const form of this.#forms) if (clean.includes(form)) clean = clean.replaceAll(form, MASK);
    return cutTo(clean.replaceAll('\0', '').toWellFormed(), mostBytes);
  }

  #encoded(text: string): string {
    const plain = decoded(text);
    const masked = this.text(plain);
    return masked === plain ? text : encodeURI(masked);
  }

  #write(value: unknown, out: BoundedText, isSecret: boolean): void {
    if (out.isFull) return;
    if (isSecret && (typeof value === 'string' || typeof value === 'number')) {
      this.#remember(String(value));
      out.add(`"${MASK}"`);
    } else if (Array.isArray(value)) {
      out.add('[');
      for (const [index, element] of value.entries()) {
        if (out.isFull) return;
        if (index > 0) out.add(',');
        this.#write(element, out, isSecret);
      }
      out.add(']');
    } else if (typeof value === 'object' && value !== null) {
      this.#writeObject(value, out, isSecret);
    } else if (typeof value === 'string') {
      out.add(JSON.stringify(this.#string(value.slice(0, MOST_LOOKED_AT))));
    } else {
      out.add(JSON.stringify(value) ?? 'null');
    }
  }

  /** @param isSecret whether all that it holds is. */
  #writeObject(object: object, out: BoundedText, isSecret: boolean): void {
    const entries = Object.entries(object);
    const isOfSecret = entries.some(
      ([key, value]) => key.toLowerCase() === 'path' && typeof value === 'string' && SECRET_NAME.test(value),
    );
    out.add('{');
    for (const [index, [key, value]] of entries.entries()) {
      if (out.isFull) return;
      out.add(`${index > 0 ? ',' : ''}${JSON.stringify(this.#string(key))}:`);
      const isSecretToo = isSecret || SECRET_NAME.test(key) || (isOfSecret && key.toLowerCase() === 'value');
      this.#write(value, out, isSecretToo);
    }
    out.add('}');
  }

  /** A text may hold JSON, or a filter, of its own. */
  #string(text: string): string {
    return SECRET_NAME.test(text) || text.search(TOKEN) >= 0 ? this.text(text) : text;
  }

  #remember(secret: string): void {
    if (secret.length < SHORTEST_SECRET || secret === MASK) return;
    const plain = secret.slice(0, LONGEST_SECRET);
    if (this.#forms.has(plain) || this.#secrets >= MOST_SECRETS) return;
    this.#secrets++;
    this.#forms.add(plain);
    if (SAME_IN_ALL_FORMS.test(plain)) return;
    this.#forms.add(JSON.stringify(plain).slice(1, -1));
    this.#forms.add(encodeURIComponent(plain.toWellFormed()));
  }
}

/** Takes no more once it is full. */
class BoundedText {
  text = '';

  add(part: string): void {
    this.text += part;
  }

  get isFull(): boolean {
    return this.text.length > MOST_LOOKED_AT;
  }
}

function cutTo(text: string, mostBytes: number): string {
  if (text.length * 3 <= mostBytes || Buffer.byteLength(text) <= mostBytes) return text;
  const kept = Buffer.from(text.slice(0, mostBytes)).toString('utf8', 0, mostBytes);
  return `${kept.replace(/\uFFFD$/, '')}${CUT}`;
}

function decoded(text: string): string {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}
