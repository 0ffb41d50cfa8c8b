import type { Database } from '#core-api/persistence/database.js';
import {
  type AccountRow,
  companyById,
  findAccount,
  holdAccount,
  type SignInCompany,
} from '#core-api/persistence/stores/local-accounts.js';
import { companySuspended, DomainError, invalidValue, notFound } from '../errors.js';
import { isId } from '../new-id.js';
import { type LocalWay, whyNot } from './local-ways.js';

/** @throws NOT_FOUND */
export async function companyOf(db: Database, companyId: string): Promise<SignInCompany> {
  const [company] = await db.run(companyById.bind({ companyId }));
  if (!company) throw notFound('Company', companyId);
  return company;
}

/** @throws NOT_FOUND */
export async function getAccount(db: Database, companyId: string, userId: string): Promise<AccountRow> {
  const [account] = isId(userId) ? await db.run(findAccount.bind({ companyId, userId })) : [];
  if (!account) throw notFound('User', userId);
  return account;
}

/** The account, held until the transaction ends. @throws NOT_FOUND */
export async function lockAccount(tx: Database, companyId: string, userId: string): Promise<AccountRow> {
  const [account] = isId(userId) ? await tx.run(holdAccount.bind({ companyId, userId })) : [];
  if (!account) throw notFound('User', userId);
  return account;
}

/**
 * As `whyNot`, to those who may know why.
 *
 * @throws COMPANY_SUSPENDED | NOT_FOUND | INVALID_VALUE (a deactivated user) | MANAGED_BY_DIRECTORY | LOCAL_SIGN_IN_OFF
 */
export function requireOpen(way: LocalWay, company: SignInCompany, account: AccountRow): void {
  const { id } = account;
  switch (whyNot(way, company, account)) {
    case null:
      return;
    case 'COMPANY_SUSPENDED':
      throw companySuspended();
    case 'DEACTIVATED':
      throw invalidValue('id', 'The user is not active.');
    case 'MANAGED_BY_DIRECTORY':
      throw new DomainError('MANAGED_BY_DIRECTORY', 'A directory manages this user, who comes in by single sign-on.', {
        id,
      });
    default:
      throw localSignInOff();
  }
}

export function localSignInOff(): DomainError {
  return new DomainError('LOCAL_SIGN_IN_OFF', 'The company lets people in by single sign-on only.');
}
