import { invalidValue } from '../errors.js';

/** In characters (code points). Length is what makes a password hard to guess: which characters it has, is everybody's own affair (NIST SP 800-63B). */
export const PASSWORD_LENGTH = { least: 12, most: 128 } as const;

/**
 * @param names what may not be the password: user name, addresses.
 * @throws INVALID_VALUE
 */
export function checkNewPassword(password: string, names: readonly string[] = [], field = 'password'): string {
  const { least, most } = PASSWORD_LENGTH;
  const length = [...password.slice(0, 2 * most + 1)].length;
  if (length < least) throw invalidValue(field, `A password has at least ${least} characters.`);
  if (length > most) throw invalidValue(field, `A password has at most ${most} characters.`);
  if (!password.isWellFormed()) throw invalidValue(field, 'The password holds a character that is none.');
  const folded = password.normalize('NFKC').toLowerCase();
  if (names.some((name) => name.normalize('NFKC').toLowerCase() === folded))
    throw invalidValue(field, 'The password must not be your user name or address.');
  return password;
}
