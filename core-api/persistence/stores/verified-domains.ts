import { type SqlBool, sql } from 'kysely';
import { statement } from '../statement.js';
import { isoTime } from './page-sql.js';

/** For so long the proof of a verified domain may be missing. */
export const LAPSES_AFTER_DAYS = 7;

/** Until the transaction ends nobody else decides about the same domain, in whatever company. */
export const lockDomain = statement<{ domain: string }, { locked: boolean }>((db, p) =>
  db.selectNoFrom(
    sql<SqlBool>`pg_advisory_xact_lock(hashtextextended('domain ' || ${p('domain')}::text, 0)) is not null`.as(
      'locked',
    ) as never,
  ),
);

export interface VerifiedDomain {
  /** The company. */
  heldBy: string;
  claimId: string;
  /** Claims of other companies that are held. */
  contenders: string[];
}

export const findVerifiedDomain = statement<{ domain: string }, VerifiedDomain>((db, p) =>
  db
    .selectFrom('verified_domain')
    .select(['held_by as heldBy', 'claim_id as claimId', 'contenders'])
    .where('domain', '=', p('domain')),
);

export const saveVerifiedDomain = statement<{ domain: string } & VerifiedDomain, { domain: string }>((db, p) =>
  db
    .insertInto('verified_domain')
    .values({
      domain: p('domain'),
      held_by: p('heldBy'),
      claim_id: p('claimId'),
      contenders: p('contenders'),
    } as never)
    .onConflict((conflict) =>
      conflict.column('domain').doUpdateSet({
        held_by: sql`excluded.held_by`,
        claim_id: sql`excluded.claim_id`,
        contenders: sql`excluded.contenders`,
        verified_at: sql`case when verified_domain.claim_id = excluded.claim_id then verified_domain.verified_at else now() end`,
      } as never),
    )
    .returning('domain'),
);

export const deleteVerifiedDomain = statement<{ domain: string }, { domain: string }>((db, p) =>
  db.deleteFrom('verified_domain').where('domain', '=', p('domain')).returning('domain'),
);

/** Notes that DNS was asked, which is no change of the claim. @returns when, and whether the proof was missing for a week by then */
export const noteCheck = statement<{ companyId: string; id: string }, { now: string; hasFailedLong: boolean }>(
  (db, p) =>
    db
      .updateTable('domain_claim')
      .set({ checked_at: sql`now()` } as never)
      .where('company_id', '=', p('companyId'))
      .where('id', '=', p('id'))
      .returning([
        isoTime(sql`now()`).as('now'),
        sql<boolean>`coalesce(failing_since <= now() - make_interval(days => ${sql.lit(LAPSES_AFTER_DAYS)}), false)`.as(
          'hasFailedLong',
        ),
      ]),
);

/** Claims whose proof somebody relies on and that were not looked at for a day, the longest unseen first. */
export const dueClaims = statement<{ companyId: string }, { id: string }>((db, p) =>
  db
    .selectFrom('domain_claim')
    .select('id')
    .where('company_id', '=', p('companyId'))
    .where('status', 'in', ['VERIFIED', 'HELD'])
    .where(sql<SqlBool>`checked_at < now() - interval '24 hours'`)
    .orderBy('checked_at'),
);
