import { sql } from 'kysely';
import { compileNow, statement } from '../statement.js';
import type { ProjectRow } from './admin-tables.js';
import { isoTime } from './page-sql.js';
import { nests } from './team-nesting.js';

const COLUMNS = [
  'p.id',
  'p.key',
  'p.name',
  'p.is_default as isDefault',
  'p.version',
  isoTime(sql.ref('p.created_at')).as('createdAt'),
  isoTime(sql.ref('p.updated_at')).as('updatedAt'),
] as const;

interface AccessRow extends ProjectRow {
  holderId: string;
}

/** The projects of each user, own and through teams and the teams around those, by key; one row a user and project. */
export function projectsOfUsers(companyId: string, userIds: readonly string[]) {
  const company = sql<string>`${companyId}::uuid`;
  return compileNow<AccessRow>((db) =>
    db
      .with('holder', (cte) =>
        cte
          .selectFrom('project_access as a')
          .select(['a.project_id as projectId', sql<string>`a.user_id`.as('holderId')])
          .where('a.company_id', '=', companyId)
          .where('a.user_id', '=', sql<string>`any(${userIds}::uuid[])`)
          .union(
            cte
              .selectFrom('team_membership as m')
              .innerJoin('project_access as a', (join) =>
                join.onRef('a.company_id', '=', 'm.company_id').onRef('a.team_id', '=', 'm.team_id'),
              )
              .innerJoin('team as t', (join) =>
                join.onRef('t.company_id', '=', 'm.company_id').onRef('t.id', '=', 'm.team_id'),
              )
              .select(['a.project_id as projectId', 'm.user_id as holderId'])
              .where('m.company_id', '=', companyId)
              .where('a.company_id', '=', companyId)
              .where('t.company_id', '=', companyId)
              .where('t.deleted_at', 'is', null)
              .where('m.user_id', '=', sql<string>`any(${userIds}::uuid[])`),
          )
          .union(
            sql<{
              projectId: string;
              holderId: string;
            }>`select a.project_id, own.user_id from (select m.user_id, array_agg(m.team_id) as ids
                from team_membership m where ${nests(company)} and m.company_id = ${company} and m.user_id = any(${userIds}::uuid[])
                group by m.user_id) own
              cross join lateral teams_around(${company}, own.ids) as around(id)
              join project_access a on a.company_id = ${company} and a.team_id = around.id`,
          ),
      )
      .selectFrom('holder as h')
      .innerJoin('project as p', 'p.id', 'h.projectId')
      .select(['h.holderId', ...COLUMNS])
      .where('p.company_id', '=', companyId)
      .orderBy('p.key'),
  );
}

/** The projects of each team, by key. */
export function projectsOfTeams(companyId: string, teamIds: readonly string[]) {
  return compileNow<AccessRow>((db) =>
    db
      .selectFrom('project_access as a')
      .innerJoin('project as p', (join) =>
        join.onRef('p.company_id', '=', 'a.company_id').onRef('p.id', '=', 'a.project_id'),
      )
      .select([sql<string>`a.team_id`.as('holderId'), ...COLUMNS])
      .where('a.company_id', '=', companyId)
      .where('p.company_id', '=', companyId)
      .where('a.team_id', '=', sql<string>`any(${teamIds}::uuid[])`)
      .orderBy('p.key'),
  );
}

/** The team, held against being deleted until the transaction ends. */
export const holdTeam = statement<{ companyId: string; id: string }, { id: string }>((db, p) =>
  db
    .selectFrom('team')
    .select('id')
    .where('company_id', '=', p('companyId'))
    .where('id', '=', p('id'))
    .where('deleted_at', 'is', null)
    .forShare(),
);
