import type { Database } from '#core-api/persistence/database.js';
import type { SignInMethod } from '#core-api/persistence/entities/sign-in.js';
import { type AccountRow, accountsNamed, type SignInCompany } from '#core-api/persistence/stores/local-accounts.js';
import { foldKey } from '../fold-key.js';
import { isStorable } from '../text.js';
import { readMailAddress } from './mail-address.js';

/** A way in beside single sign-on. To choose a new password is one, too: whoever may not sign in by it may not choose one. */
export type LocalWay = Exclude<SignInMethod, 'SAML' | 'OIDC'>;

/** Why somebody did not come in: for the change log. Visitors never hear it. */
export type LocalRefusal =
  | 'COMPANY_SUSPENDED'
  | 'NO_ACCOUNT'
  | 'DEACTIVATED'
  | 'MANAGED_BY_DIRECTORY'
  | 'SSO_ONLY'
  | 'MAGIC_LINKS_OFF'
  | 'REGISTRATION_OFF'
  | 'WRONG_PASSWORD'
  | 'WRONG_CODE';

/**
 * The rules of every local way, in this order:
 *
 * | what is so | what follows |
 * | --- | --- |
 * | the company is suspended | nobody comes in |
 * | there is no such account, or it is deactivated | nobody |
 * | a directory manages the account | not this way: it has single sign-on |
 * | the policy is SSO_ONLY | only break-glass accounts |
 * | links in mails are off | no magic link, for nobody |
 * | registration is off | no registration |
 *
 * @param account null where there is none; a registration has none yet.
 * @returns null when the way is open.
 */
export function whyNot(
  way: LocalWay,
  { suspended, policies }: Pick<SignInCompany, 'suspended' | 'policies'>,
  account: Pick<AccountRow, 'active' | 'directoryId' | 'breakGlass'> | null,
): LocalRefusal | null {
  if (suspended) return 'COMPANY_SUSPENDED';
  if (!account && way !== 'REGISTRATION') return 'NO_ACCOUNT';
  if (account && !account.active) return 'DEACTIVATED';
  if (account && account.directoryId !== null) return 'MANAGED_BY_DIRECTORY';
  if (policies.signIn === 'SSO_ONLY' && !account?.breakGlass) return 'SSO_ONLY';
  if (way === 'MAGIC_LINK' && !policies.magicLinks) return 'MAGIC_LINKS_OFF';
  if (way === 'REGISTRATION' && !account && policies.selfRegistration === 'OFF') return 'REGISTRATION_OFF';
  return null;
}

/** What a visitor calls an account, as it is looked up and counted. */
export function accountKey(name: string): string {
  const trimmed = name.trim().slice(0, 320);
  return isStorable(trimmed) ? foldKey(trimmed) : '';
}

/** Whoever has that user name; else the one local account that has that address, where there is just one. */
export async function findAccountNamed(db: Database, companyId: string, key: string): Promise<AccountRow | null> {
  const found = await db.run(accountsNamed.bind({ companyId, key }));
  const [first] = found;
  if (first?.isNamed) return first;
  return first && found.length === 1 ? first : null;
}

/** Where mails to an account go: the address that was named if it is one of its own, else its primary or first one, else a user name that is one. */
export function addressOf({ userName, emails }: Pick<AccountRow, 'userName' | 'emails'>, key: string): string | null {
  const texts = emails.flatMap(({ value }) => value ?? []);
  const named = texts.find((text) => foldKey(text) === key);
  const primary = emails.find((email) => email.primary)?.value;
  for (const text of [named, primary, ...texts, userName]) {
    const read = text === undefined ? null : readMailAddress(text);
    if (read) return read.address;
  }
  return null;
}
