import { sql } from 'kysely';
import type { OneTimeTokenKind } from '../entities/sign-in.js';
import { statement } from '../statement.js';

interface NewOneTimeToken {
  companyId: string;
  id: string;
  userId: string | null;
  kind: OneTimeTokenKind;
  hash: Buffer;
  /** JSON of an object. */
  data: string;
  minutes: number;
}

export const insertOneTimeToken = statement<NewOneTimeToken, never>((db, p) =>
  db.insertInto('one_time_token').values({
    company_id: p('companyId'),
    id: p('id'),
    user_id: p('userId'),
    kind: p('kind'),
    hash: p('hash'),
    data: sql`${p('data')}::jsonb`,
    expires_at: sql`now() + make_interval(mins => ${p('minutes')}::int)`,
  }),
);

export interface TakenToken {
  id: string;
  userId: string | null;
  data: Record<string, unknown>;
}

/** Uses a token up: a row for whoever is first, and for nobody after that. */
export const takeOneTimeToken = statement<{ companyId: string; kind: OneTimeTokenKind; hash: Buffer }, TakenToken>(
  (db, p) =>
    db
      .updateTable('one_time_token')
      .set({ used_at: sql`now()` })
      .where('company_id', '=', p('companyId'))
      .where('hash', '=', p('hash'))
      .where('kind', '=', p('kind'))
      .where('used_at', 'is', null)
      .where('ended_at', 'is', null)
      .where(sql<boolean>`expires_at > now()`)
      .returning(['id', 'user_id as userId', sql<Record<string, unknown>>`data`.as('data')]),
);

/** The same without using it up: for a page that asks before it acts. */
export const findOneTimeToken = statement<{ companyId: string; kind: OneTimeTokenKind; hash: Buffer }, TakenToken>(
  (db, p) =>
    db
      .selectFrom('one_time_token')
      .select(['id', 'user_id as userId', sql<Record<string, unknown>>`data`.as('data')])
      .where('company_id', '=', p('companyId'))
      .where('hash', '=', p('hash'))
      .where('kind', '=', p('kind'))
      .where('used_at', 'is', null)
      .where('ended_at', 'is', null)
      .where(sql<boolean>`expires_at > now()`),
);

/** Remembers which session a code gave. */
export const noteGiven = statement<{ companyId: string; id: string; sessionId: string }, never>((db, p) =>
  db
    .updateTable('one_time_token')
    .set({ data: sql`data || jsonb_build_object('given', ${p('sessionId')}::text)` })
    .where('company_id', '=', p('companyId'))
    .where('id', '=', p('id')),
);

/** The session that a code gave which was used; null when it gave none. */
export const findGiven = statement<{ companyId: string; hash: Buffer }, { sessionId: string | null }>((db, p) =>
  db
    .selectFrom('one_time_token')
    .select(sql<string | null>`data ->> 'given'`.as('sessionId'))
    .where('company_id', '=', p('companyId'))
    .where('hash', '=', p('hash'))
    .where('kind', '=', 'AUTHORIZATION_CODE')
    .where('used_at', 'is not', null),
);
