import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KeyRing } from './keyring.js';

const key = () => randomBytes(32).toString('base64');
const HERE = { companyId: 'company-a', column: 'sso_connection.client_secret' };
const refused = expect.objectContaining({ name: 'DecryptionError', code: 'REFUSED' });

describe('KeyRing', () => {
  it('opens in its place what it sealed there', () => {
    const ring = KeyRing.parse(`k1:${key()}`);
    expect(ring.decrypt(ring.encrypt('geheim ✓', HERE), HERE)).toBe('geheim ✓');
    expect(ring.decrypt(ring.encrypt('', HERE), HERE)).toBe('');
  });

  it('seals the same text differently each time', () => {
    const ring = KeyRing.parse(`k1:${key()}`);
    expect(ring.encrypt('a', HERE).equals(ring.encrypt('a', HERE))).toBe(false);
  });

  it.each([
    ['company', { ...HERE, companyId: 'company-b' }],
    ['column', { ...HERE, column: 'webhook_endpoint.secret' }],
    ['split of company and column', { companyId: 'company-asso', column: '_connection.client_secret' }],
  ])('does not open a record that was moved to another %s', (_, elsewhere) => {
    const ring = KeyRing.parse(`k1:${key()}`);
    expect(() => ring.decrypt(ring.encrypt('secret', HERE), elsewhere)).toThrow(refused);
  });

  it('does not open a record of which any byte was changed', () => {
    const ring = KeyRing.parse(`k1:${key()}`);
    const record = ring.encrypt('secret', HERE);
    for (const index of record.keys()) {
      const changed = Buffer.from(record);
      changed[index]! ^= 1;
      expect(() => ring.decrypt(changed, HERE), `byte ${index}`).toThrow(
        expect.objectContaining({ name: 'DecryptionError' }),
      );
    }
  });

  it.each([0, 1, 3, 20, 31])('refuses a record cut to %i bytes', (length) => {
    const ring = KeyRing.parse(`k1:${key()}`);
    expect(() => ring.decrypt(ring.encrypt('secret', HERE).subarray(0, length), HERE)).toThrow(refused);
  });

  it('seals with the first key and opens with all: that is how keys are rotated', () => {
    const [first, second] = [`2025:${key()}`, `2026:${key()}`];
    const old = KeyRing.parse(first).encrypt('secret', HERE);
    const both = KeyRing.parse(`${second},${first}`);

    expect(both.decrypt(old, HERE)).toBe('secret');
    const fresh = both.encrypt('secret', HERE);
    expect(KeyRing.parse(second).decrypt(fresh, HERE)).toBe('secret');
    expect(() => KeyRing.parse(first).decrypt(fresh, HERE)).toThrow(expect.objectContaining({ code: 'UNKNOWN_KEY' }));
  });

  it('does not open with another key of the same id', () => {
    const record = KeyRing.parse(`k1:${key()}`).encrypt('secret', HERE);
    expect(() => KeyRing.parse(`k1:${key()}`).decrypt(record, HERE)).toThrow(refused);
  });

  it.each(['', 'k1', 'k1:abc', `k1:${randomBytes(31).toString('base64')}`, `k 1:${key()}`])(
    'refuses the ring %j',
    (text) => {
      expect(() => KeyRing.parse(text)).toThrow(expect.objectContaining({ name: 'KeyRingError' }));
    },
  );

  it('refuses an id that occurs twice', () => {
    expect(() => KeyRing.parse(`k1:${key()},k1:${key()}`)).toThrow('"k1" occurs twice');
  });

  it('makes a file that only its owner reads, and finds the same key in it again', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-keys-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'data', 'keys'); // the folder may not be there yet: a first start on a server given by DATABASE_URL

    const record = KeyRing.loadOrCreate(file).encrypt('secret', HERE);
    chmodSync(file, 0o644);

    expect(KeyRing.loadOrCreate(file).decrypt(record, HERE)).toBe('secret');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
