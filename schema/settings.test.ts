import { describe, expect, it } from 'vitest';
import { localUrl, SETTINGS, SettingError, SettingsReader } from './settings.js';

const files: Record<string, string> = { '/run/secrets/url': 'postgres://u:p@db/rollcall\n', '/run/secrets/empty': '' };

function reader(env: Record<string, string>): SettingsReader {
  return new SettingsReader(env, (path) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' });
    return text;
  });
}

describe('SettingsReader', () => {
  it.each([
    ['ROLLCALL_GATEWAY_KEYS', 'ROLLCALL_GATEWAY_KEY'],
    ['ROLLCALL_DATADIR', 'ROLLCALL_DATA_DIR'],
    ['ROLLCALL_ALLOWED_ORIGIN', 'ROLLCALL_ALLOWED_ORIGINS'],
    ['ROLLCALL_KEYS_FIEL', 'ROLLCALL_KEYS_FILE'],
  ])('refuses the unknown variable %s and knows that %s was meant', (name, meant) => {
    expect(() => reader({ [name]: 'x' })).toThrow(new SettingError(`unknown variable ${name}; did you mean ${meant}?`));
  });

  it('makes no guess where nothing is near, and leaves other programs their variables', () => {
    expect(() => reader({ ROLLCALL_ZZZZZZZZZZZZZZ: '1' })).toThrow('unknown variable ROLLCALL_ZZZZZZZZZZZZZZ.');
    expect(() => reader({ ROLLCALLX: '1', PATH: '/bin' })).not.toThrow();
  });

  it('takes an empty variable as not set', () => {
    expect(reader({ PORT: '' }).integer('PORT', 0, 65_535)).toBe(4000);
    expect(reader({ DATABASE_URL: ' ' }).text('DATABASE_URL')).toBeNull();
  });

  it('reads a secret from the file that its _FILE variable names', () => {
    expect(reader({ DATABASE_URL_FILE: '/run/secrets/url' }).text('DATABASE_URL')).toBe('postgres://u:p@db/rollcall');
    expect(reader({ DATABASE_URL_FILE: '/run/secrets/empty' }).text('DATABASE_URL')).toBeNull();
  });

  it('refuses a secret given twice, and a file that is not there', () => {
    const twice = reader({ DATABASE_URL: 'postgres://a', DATABASE_URL_FILE: '/run/secrets/url' });
    expect(() => twice.text('DATABASE_URL')).toThrow('DATABASE_URL and DATABASE_URL_FILE are both set');
    const missing = reader({ DATABASE_URL_FILE: '/run/secrets/none' });
    expect(() => missing.text('DATABASE_URL')).toThrow('DATABASE_URL_FILE: /run/secrets/none cannot be read (ENOENT).');
  });

  it.each(['4000x', '-1', '65536', '1.5', '0x10'])('refuses %j as a port', (value) => {
    expect(() => reader({ PORT: value }).integer('PORT', 0, 65_535)).toThrow(
      `PORT must be a whole number from 0 to 65535, and is "${value}".`,
    );
  });

  it.each([
    ['https://id.example.com/', 'https://id.example.com'],
    ['http://localhost:4000/rollcall//', 'http://localhost:4000/rollcall'],
  ])('reads the address %s as %s', (value, expected) => {
    expect(reader({ ROLLCALL_PUBLIC_URL: value }).url('ROLLCALL_PUBLIC_URL')).toBe(expected);
  });

  it.each(['id.example.com', 'ftp://x', 'https://u:secret@x', 'https://x/?a=1'])('refuses the address %s', (value) => {
    const read = () => reader({ ROLLCALL_PUBLIC_URL: value }).url('ROLLCALL_PUBLIC_URL');
    expect(read).toThrow(/^ROLLCALL_PUBLIC_URL must be an address/);
    expect(read).not.toThrow(/secret/);
  });

  it('never shows a gateway key that it refuses', () => {
    const read = () => reader({ ROLLCALL_GATEWAY_KEY: 'short-secret' }).gatewayKey();
    expect(read).toThrow(/^ROLLCALL_GATEWAY_KEY must have 32/);
    expect(read).not.toThrow(/short-secret/);
  });
});

describe('SETTINGS', () => {
  it('names each variable once', () => {
    const names = SETTINGS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe('localUrl', () => {
  it.each([
    ['127.0.0.1', 'http://127.0.0.1:4000'],
    ['0.0.0.0', 'http://localhost:4000'],
    ['::1', 'http://[::1]:4000'],
  ])('%s is opened as %s', (host, url) => {
    expect(localUrl(host, 4000)).toBe(url);
  });
});
