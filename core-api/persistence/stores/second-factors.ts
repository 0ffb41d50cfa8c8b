import { type RawBuilder, sql } from 'kysely';
import type { ChangeAuthor } from '../rows.js';
import { type Builder, statement } from '../statement.js';
import { authorValues, INTO_CHANGE } from './changes.js';

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

type OfUser = ChangeAuthor & { userId: string };

interface StoredFactor {
  secret: Buffer;
  isConfirmed: boolean;
  /** Seconds since 1970, by the database's clock. */
  now: number;
}

export const findSecondFactor = statement<{ companyId: string; userId: string }, StoredFactor>((db, p) =>
  db
    .selectFrom('second_factor as f')
    .select(['f.secret', sql<boolean>`f.confirmed_at is not null`.as('isConfirmed')])
    .select(sql<number>`extract(epoch from now())::float8`.as('now'))
    .where('f.company_id', '=', p('companyId'))
    .where('f.user_id', '=', p('userId')),
);

/** A secret that nobody has shown a code of yet; it takes the place of another such one. No row when there is a confirmed one. */
export const proposeSecondFactor = statement<{ companyId: string; userId: string; secret: Buffer }, { userId: string }>(
  (db, p) =>
    asCompilable(
      db,
      sql`insert into second_factor as f (company_id, user_id, secret)
      values (${p('companyId')}::uuid, ${p('userId')}::uuid, ${p('secret')}::bytea)
      on conflict (company_id, user_id) do update set secret = excluded.secret, created_at = now(), last_step = null
        where f.confirmed_at is null
      returning f.user_id as "userId"`,
    ),
);

/** Takes the code of one step; no row when that step or a later one was taken before. */
export const takeStep = statement<{ companyId: string; userId: string; step: number }, { userId: string }>((db, p) =>
  asCompilable(
    db,
    sql`update second_factor f set last_step = ${p('step')}::bigint where f.company_id = ${p('companyId')}::uuid and f.user_id = ${p('userId')}::uuid
      and (f.last_step is null or f.last_step < ${p('step')}::bigint) returning f.user_id as "userId"`,
  ),
);

export const confirmSecondFactor = statement<OfUser, { userId: string }>((db, p) =>
  asCompilable(
    db,
    sql`with f as (update second_factor f set confirmed_at = now()
      where f.company_id = ${p('companyId')}::uuid and f.user_id = ${p('userId')}::uuid and f.confirmed_at is null returning f.user_id),
    logged as (${INTO_CHANGE} select ${authorValues(p as never)}, 'second_factor.confirmed', 'second_factor', f.user_id, null::jsonb,
      '{"confirmed": true}'::jsonb from f)
    select f.user_id as "userId" from f`,
  ),
);

export const deleteSecondFactor = statement<OfUser, { userId: string }>((db, p) =>
  asCompilable(
    db,
    sql`with f as (delete from second_factor f where f.company_id = ${p('companyId')}::uuid and f.user_id = ${p('userId')}::uuid
      returning f.user_id, f.confirmed_at),
    logged as (${INTO_CHANGE} select ${authorValues(p as never)}, 'second_factor.removed', 'second_factor', f.user_id,
      jsonb_build_object('confirmed', f.confirmed_at is not null), null::jsonb from f)
    select f.user_id as "userId" from f`,
  ),
);
