import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** First byte of every record, so that another layout can follow. */
const FORMAT = 1;

/** The column a secret belongs to: sealed with the record, so that it opens nowhere else. */
export interface SecretContext {
  companyId: string;
  /** As in `sso_connection.client_secret`. */
  column: string;
}

/** Keys that cannot be used. The message never shows one. */
export class KeyRingError extends Error {
  override readonly name = 'KeyRingError';
}

/** A record that this ring does not open. */
export class DecryptionError extends Error {
  override readonly name = 'DecryptionError';

  constructor(
    /** UNKNOWN_KEY: sealed with a key that is not in the ring. REFUSED: changed, or moved to another company or column. */
    readonly code: 'UNKNOWN_KEY' | 'REFUSED',
    message: string,
  ) {
    super(message);
  }
}

/**
 * The keys of encrypted columns. A record is `format (1 byte), length of key id (1), key id, nonce (12), ciphertext, tag (16)`.
 * The first key encrypts and all decrypt: to rotate, put a new one in front.
 */
export class KeyRing {
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #current: string;

  private constructor(keys: ReadonlyMap<string, Buffer>, current: string) {
    this.#keys = keys;
    this.#current = current;
  }

  /** @param text `id:base64 of 32 bytes`, separated by commas or line ends. @throws KeyRingError */
  static parse(text: string): KeyRing {
    const keys = new Map<string, Buffer>();
    const entries = text.split(/[,\n]/).map((entry) => entry.trim());
    for (const [index, entry] of entries.filter((each) => each !== '').entries()) {
      const [, id, encoded] = /^([A-Za-z0-9._-]{1,64}):([A-Za-z0-9+/]{43}=)$/.exec(entry) ?? [];
      if (!id || !encoded) {
        throw new KeyRingError(
          `entry ${index + 1} must be id:key, the key being the base64 of ${KEY_BYTES} random bytes.`,
        );
      }
      if (keys.has(id)) throw new KeyRingError(`the id "${id}" occurs twice.`);
      keys.set(id, Buffer.from(encoded, 'base64'));
    }
    const [current] = keys.keys();
    if (current === undefined) throw new KeyRingError('there is no key in it.');
    return new KeyRing(keys, current);
  }

  /** The ring in `file`, which is made with one fresh key when it is missing. Only its owner can read it afterwards. */
  static loadOrCreate(file: string): KeyRing {
    mkdirSync(dirname(file), { recursive: true });
    try {
      writeFileSync(file, `k1:${randomBytes(KEY_BYTES).toString('base64')}\n`, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (statSync(file).mode & 0o077) chmodSync(file, 0o600);
    try {
      return KeyRing.parse(readFileSync(file, 'utf8'));
    } catch (error) {
      throw error instanceof KeyRingError ? new KeyRingError(`${file}: ${error.message}`) : error;
    }
  }

  encrypt(plain: string, context: SecretContext): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const id = Buffer.from(this.#current);
    const header = Buffer.concat([Buffer.of(FORMAT, id.length), id]);
    const cipher = createCipheriv(CIPHER, this.#keys.get(this.#current)!, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(sealOf(header, context));
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return Buffer.concat([header, nonce, body, cipher.getAuthTag()]);
  }

  /** @throws DecryptionError */
  decrypt(record: Buffer, context: SecretContext): string {
    const headerLength = 2 + (record[1] ?? 0);
    const bodyStart = headerLength + NONCE_BYTES;
    if (record[0] !== FORMAT || record.length < bodyStart + TAG_BYTES) {
      throw new DecryptionError('REFUSED', `The value in ${context.column} is not a record of this format.`);
    }
    const header = record.subarray(0, headerLength);
    const id = header.toString('utf8', 2);
    const key = this.#keys.get(id);
    if (!key) {
      throw new DecryptionError('UNKNOWN_KEY', `The value in ${context.column} needs a key that is not in the ring.`);
    }
    const decipher = createDecipheriv(CIPHER, key, record.subarray(headerLength, bodyStart), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(sealOf(header, context));
    decipher.setAuthTag(record.subarray(-TAG_BYTES));
    try {
      const start = decipher.update(record.subarray(bodyStart, -TAG_BYTES));
      return Buffer.concat([start, decipher.final()]).toString('utf8');
    } catch {
      throw new DecryptionError('REFUSED', `The value in ${context.column} was changed, or belongs to another row.`);
    }
  }
}

function sealOf(header: Buffer, { companyId, column }: SecretContext): Buffer {
  return Buffer.concat([header, Buffer.from(JSON.stringify([companyId, column]))]);
}
