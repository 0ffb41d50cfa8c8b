import { type OpenedSession, openSession } from '#core-api/domain/sign-in/sessions.js';
import { graphqlClient } from './clients.js';
import type { TestCompany, TestRollcall } from './rollcall.js';

type Method = Parameters<typeof openSession>[1]['method'];

const VISITOR = { address: '127.0.0.1', userAgent: 'a test', requestId: 'a-test' };

/** A session, opened as every way of signing in opens one. @throws when the user may not sign in */
export async function signedIn(
  { db }: Pick<TestRollcall, 'db'>,
  companyId: string,
  userId: string,
  {
    kind = 'COOKIE',
    method = 'PASSWORD',
    replaces,
  }: { kind?: 'COOKIE' | 'BEARER'; method?: Method; replaces?: string } = {},
): Promise<OpenedSession> {
  const session = await db
    .forCompany(companyId)
    .inTransaction((tx) => openSession(tx, { companyId, userId, kind, method, replaces }, VISITOR));
  if (!session) throw new Error('This user may not sign in.');
  return session;
}

/** GraphQL with a session's token as its credential. */
export function graphqlOf(company: TestCompany, session: Pick<OpenedSession, 'token'>) {
  return graphqlClient({ ...company, apiKey: session.token });
}

/** The company's owner of last resort. */
export async function ownerOf({ asOwner }: Pick<TestRollcall, 'asOwner'>, companyId: string): Promise<string> {
  const [owner] = await asOwner<{ id: string }>(
    `select id from app_user where company_id = '${companyId}' and break_glass limit 1`,
  );
  return owner!.id;
}
