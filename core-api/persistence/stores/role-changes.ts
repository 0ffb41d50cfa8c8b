import { sql } from 'kysely';
import type { ChangeRow } from '../rows.js';
import { type Builder, statement } from '../statement.js';
import { roleSources } from './effective-roles.js';
import { isoTime } from './page-sql.js';

/* How a user came to its roles. */

const asCompilable = <R>(db: Builder, query: ReturnType<typeof sql<R>>) => ({ compile: () => query.compile(db) });

/** Something that gives or denies a role to the user, whether or not the rules let it. */
export interface RoleSourceRow {
  roleId: string;
  source: 'DIRECT' | 'ATTRIBUTE' | 'CLAIM' | 'TEAM';
  denied: boolean;
  byDirectory: boolean;
  /** False where the rules set it aside: the directory takes roles from elsewhere. */
  counts: boolean;
  teamId: string | null;
  mappingId: string | null;
}

/** At most 1,000: whoever is in hundreds of teams that hundreds of patterns fit need not read on. */
export const roleSourcesOfUser = statement<{ companyId: string; userId: string }, RoleSourceRow>((db, p) =>
  asCompilable(
    db,
    sql<RoleSourceRow>`select s.role_id as "roleId", s.source, s.denied, s.by_directory as "byDirectory", s.counts,
        s.team_id as "teamId", s.mapping_id as "mappingId"
      from app_user u cross join lateral (${roleSources(sql`${p('companyId')}::uuid`)}) s
      where u.company_id = ${p('companyId')}::uuid and u.id = ${p('userId')}::uuid
      order by s.team_id nulls first, s.mapping_id, s.role_id, s.source limit 1000`,
  ),
);

/** The newest change of an object whose `after` has these members. */
export interface ChangeSought {
  objectId: string;
  /** Begins of kinds: `role.`, `team.member_`. */
  kind: string;
  after: Record<string, unknown>;
}

/** `sought` is JSON of `ChangeSought[]`; `place` is the index in it. What is not found is left out. */
export const changesThatBrought = statement<{ companyId: string; sought: string }, ChangeRow & { place: number }>(
  (db, p) =>
    asCompilable(
      db,
      sql<
        ChangeRow & { place: number }
      >`select (s.place - 1)::int as place, f.epoch, f.xid::text as xid, f.no::text as no,
          ${isoTime(sql.ref('f.at'))} as at, f.actor_kind as "actorKind", f.actor_id as "actorId", f.actor_name as "actorName", f.source,
          f.credential_id as "credentialId", f.request_id as "requestId", f.kind, f.object_type as "objectType",
          f.object_id as "objectId", f.before, f.after, encode(f.digest, 'hex') as digest
        from jsonb_array_elements(${p('sought')}::jsonb) with ordinality as s(value, place)
        cross join lateral (select * from change c where c.company_id = ${p('companyId')}::uuid
          and c.object_id = (s.value ->> 'objectId')::uuid and starts_with(c.kind, s.value ->> 'kind') and c.after @> (s.value -> 'after')
          order by c.epoch desc, c.xid desc, c.no desc limit 1) f`,
    ),
);

/** One row if the log has such an entry for the object. */
export const isKindLogged = statement<{ companyId: string; objectId: string; kind: string }, { kind: string }>(
  (db, p) =>
    db
      .selectFrom('change')
      .select('kind')
      .where('company_id', '=', p('companyId'))
      .where('object_id', '=', p('objectId'))
      .where('kind', '=', p('kind'))
      .limit(1),
);
