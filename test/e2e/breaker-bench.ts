import { expect } from 'vitest';
import type { LogFollower } from '#core-api/jobs/log-follower.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import type { TestRollcall } from '#test/support/rollcall.js';

const INACTIVE = [{ op: 'replace', path: 'active', value: false }];
export const RUN = `id status startedAt lastAt directory { id } counts { usersDeactivated usersDeleted membersRemoved } decidedAt decidedBy
  report { restored { users teams members roles accesses } kept { object id name userId reason } keptCount }`;
export const RUNS = `query ($filter: SyncRunFilter) { syncRuns(filter: $filter) { totalCount nodes { ${RUN} } } }`;

/** A company with a directory, and what tests of the breaker do with it. */
export async function breakerBench(rollcall: TestRollcall, follower: LogFollower) {
  const company = await rollcall.newCompany();
  const { companyId, directoryId } = company;
  const scim = scimClient(company);
  const send = graphqlClient(company);
  const ask = (source: string, variables: Record<string, unknown> = {}) => dataOf(send(source, variables));
  /** Until all that was done is seen by the follower. */
  const settle = () =>
    expect
      .poll(
        async () => {
          await follower.follow();
          const [{ left } = { left: -1 }] = await rollcall.asOwner<{ left: number }>(
            `select (select count(*) from change where company_id = '${companyId}')::int
              - (select coalesce(sum(rows), 0) from change_seal where company_id = '${companyId}')::int as left`,
          );
          return left;
        },
        { interval: 20, timeout: 15_000 },
      )
      .toBe(0);
  const runs = async (filter: object = {}) => {
    await settle();
    return (await ask(RUNS, { filter })).syncRuns.nodes;
  };
  return {
    company,
    scim,
    ask,
    runs,
    settle,
    refused: (source: string, variables: Record<string, unknown> = {}) => errorOf(send(source, variables)),
    userOf: async (id: string) =>
      (
        await ask(
          'query ($id: ID!) { user(id: $id) { active title version teams { id } roles { key } projects { key } } }',
          { id },
        )
      ).user,
    provision: async (count: number, on = scim) => {
      const ids: string[] = [];
      for (let i = 0; i < count; i++) {
        const { body } = await on.post('/Users', {
          userName: `user-${i}@${on === scim ? 'a' : 'b'}.example`,
          externalId: `x-${i}`,
          emails: [{ value: `mail-${i}@${on === scim ? 'a' : 'b'}.example`, type: 'work' }],
        });
        ids.push(body.id);
      }
      return ids;
    },
    /** Users past the product, where they are only to be counted. */
    crowd: async (count: number) => {
      const rows = await rollcall.asOwner<{ id: string }>(
        `insert into app_user (company_id, id, directory_id, user_name, user_name_key)
          select '${companyId}', gen_random_uuid(), '${directoryId}', 'crowd-' || n, 'crowd-' || n from generate_series(1, ${count}) n returning id`,
      );
      return rows.map(({ id }) => id);
    },
    push: async (displayName: string, members: string[]) =>
      (await scim.post('/Groups', { displayName, members: members.map((value) => ({ value })) })).body.id as string,
    deactivate: async (ids: string[], on = scim) => {
      for (const id of ids) expect((await on.patch(`/Users/${id}`, INACTIVE)).status).toBe(200);
    },
    remove: async (ids: string[]) => {
      for (const id of ids) expect((await scim.delete(`/Users/${id}`)).status).toBe(204);
    },
    alarms: async () =>
      (await ask('{ alarms { nodes { kind subjectId directory { id } details resolvedAt } } }')).alarms.nodes,
    /** As if what was logged so far had happened earlier. */
    age: (minutes: number, kind = '%') =>
      rollcall.asOwner(
        `update change set at = at - interval '${minutes} minutes' where company_id = '${companyId}' and kind like '${kind}'`,
      ),
    settings: (breaker: object, id = directoryId) =>
      ask('mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }', {
        input: { id, settings: { breaker } },
      }),
  };
}
