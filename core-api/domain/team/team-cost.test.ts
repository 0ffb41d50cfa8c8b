import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeTeam } from '#core-api/persistence/stores/team-writes.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { authorOf } from '../actor.js';
import { TeamService } from './team-service.js';

let bed: CompanyBed;
let teams: TeamService;
beforeAll(async () => {
  bed = await CompanyBed.open();
  teams = new TeamService(bed.db, bed.program());
});
afterAll(() => bed?.close());

describe('a change of one member', () => {
  it('costs one statement that touches no other member, in a team of any size', async () => {
    const [ann, bob, ...others] = await bed.users(3002);
    const { id } = (await teams.create({ displayName: 'Large', members: [ann!, ...others] })).team;
    bed.statements.length = 0;

    await teams.change(id, [{ addMembers: [bob!] }]);
    await teams.change(id, [{ removeMembers: [ann!] }]);

    expect(bed.statements).toHaveLength(2);
    expect(await bed.membersOf(id)).toHaveLength(3001);
    await bed.owner.query('select refresh_statistics()');
    const actor = bed.program();
    const change = changeTeam.bind({
      ...authorOf(actor),
      directoryId: null,
      seesLocal: true,
      teamId: id,
      expectedVersion: null,
      displayName: null,
      displayNameKey: null,
      setsExternalId: false,
      externalId: null,
      add: [ann!],
      remove: [bob!],
      dropsUsers: false,
      dropsTeams: false,
      skipsTeams: false,
      isTouching: true,
      refuseUnknown: false,
      hasMalformed: false,
    });
    expect(await rowsTouched(change)).toBeLessThan(100);
  });
});

interface PlanNode {
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** Rows that all nodes of the statement's plan touch; what it writes is rolled back. */
async function rowsTouched(query: { sql: string; parameters: readonly unknown[] }): Promise<number> {
  const client = await bed.owner.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query(`explain (analyze, format json) ${query.sql}`, [...query.parameters]);
    const sum = (node: PlanNode): number =>
      node['Actual Rows'] +
      (node['Rows Removed by Filter'] ?? 0) +
      (node.Plans ?? []).reduce((total, each) => total + sum(each), 0);
    return sum(rows[0]['QUERY PLAN'][0].Plan);
  } finally {
    await client.query('rollback');
    client.release();
  }
}
