import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { authorOf } from '../actor.js';
import { newId } from '../new-id.js';
import { TeamService } from '../team/team-service.js';
import type { ChangeFilter } from './change-filter.js';
import { type ChangeRow, ChangeService } from './change-service.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

/** A connection of the application's role, in a transaction that is begun and ended by hand. */
class Writer {
  private constructor(
    private readonly client: pg.Client,
    private readonly companyId: string,
  ) {}

  static async open(companyId: string): Promise<Writer> {
    const client = new pg.Client({ connectionString: bed.appUrl });
    await client.connect();
    return new Writer(client, companyId);
  }

  begin = () => this.client.query('begin');
  commit = () => this.client.query('commit');
  rollback = () => this.client.query('rollback');
  close = () => this.client.end();
  write = (kind: string) =>
    this.client.query(
      `insert into change (company_id, actor_kind, actor_id, actor_name, source, kind, object_type, object_id)
       values ($1, 'SYSTEM', $2, 'test', 'SYSTEM', $3, 'team', $2)`,
      [this.companyId, newId(), kind],
    );
}

/**
 * Until nothing holds the log back any more: transactions of the whole server do, also those of the tests that run beside this one. That nothing
 * is missed must hold however far it lags.
 */
async function settled(): Promise<void> {
  const { rows } = await bed.owner.query<{ xid: string }>('select max(xid)::text as xid from change where epoch = 1');
  const isFinal = async () => {
    const answer = await bed.owner.query<{ ok: boolean }>(
      'select $1::text::xid8 < pg_snapshot_xmin(pg_current_snapshot()) as ok',
      [rows[0]!.xid],
    );
    return answer.rows[0]!.ok;
  };
  await expect.poll(isFinal, { interval: 5, timeout: 10_000 }).toBe(true);
}

/** Reads on from the last cursor it got, as any follower does. */
class Reader {
  readonly kinds: string[] = [];
  #cursor: string | null = null;

  constructor(private readonly changes: ChangeService) {}

  poll = async () => {
    const page = await this.changes.list({ first: 2, after: this.#cursor });
    this.kinds.push(...page.nodes.map(({ kind }) => kind));
    this.#cursor = page.cursors.at(-1) ?? this.#cursor;
    if (page.hasNextPage) await this.poll();
  };
}

type Step = `${'A' | 'B'}.${'begin' | 'commit' | 'rollback' | string}`;

describe('a reader of the change log', () => {
  it.each<[string, Step[], string[]]>([
    ['the first to begin commits last', ['A.begin', 'B.begin', 'A.a1', 'B.b1', 'B.commit', 'A.commit'], ['a1', 'b1']],
    [
      'the first to begin writes and commits last',
      ['A.begin', 'B.begin', 'B.b1', 'A.a1', 'B.commit', 'A.commit'],
      ['b1', 'a1'],
    ],
    ['the first to begin commits first', ['A.begin', 'B.begin', 'A.a1', 'B.b1', 'A.commit', 'B.commit'], ['a1', 'b1']],
    ['the last to write commits first', ['A.begin', 'A.a1', 'B.begin', 'B.b1', 'B.commit', 'A.commit'], ['a1', 'b1']],
    [
      'both write in turns, and the first goes on after the other has committed',
      ['A.begin', 'A.a1', 'B.begin', 'B.b1', 'A.a2', 'B.b2', 'B.commit', 'A.a3', 'A.commit'],
      ['a1', 'a2', 'a3', 'b1', 'b2'],
    ],
    ['the one before it is rolled back', ['A.begin', 'A.a1', 'B.begin', 'B.b1', 'B.commit', 'A.rollback'], ['b1']],
  ])('misses nothing and sees nothing twice when %s', async (_, steps, expected) => {
    const companyId = await bed.anotherCompany();
    const writers = { A: await Writer.open(companyId), B: await Writer.open(companyId) };
    const reader = new Reader(new ChangeService(bed.db, bed.program(undefined, companyId)));

    for (const step of steps) {
      const [who, what] = step.split('.') as ['A' | 'B', string];
      const writer = writers[who];
      if (what === 'begin' || what === 'commit' || what === 'rollback') await writer[what]();
      else await writer.write(what);
      await reader.poll();
    }
    await settled();
    await reader.poll();

    expect(reader.kinds).toEqual(expected);
    await Promise.all([writers.A.close(), writers.B.close()]);
  });

  it('goes on across a restore, which begins a new epoch with lower transaction ids', async () => {
    const companyId = await bed.anotherCompany();
    const changes = new ChangeService(bed.db, bed.program(undefined, companyId));
    const writer = await Writer.open(companyId);
    await writer.write('before');
    await bed.owner.query(
      `insert into change (company_id, epoch, xid, actor_kind, actor_id, actor_name, source, kind, object_type, object_id)
       values ($1, 0, '4611686018427387904', 'SYSTEM', $1, 'test', 'SYSTEM', 'older', 'team', $1)`,
      [companyId],
    );
    await settled();

    const page = await changes.list({});

    expect(page.nodes.map(({ kind }) => kind)).toEqual(['older', 'before']);
    expect((await changes.list({ after: page.cursors[0] })).nodes.map(({ kind }) => kind)).toEqual(['before']);
    await writer.close();
  });
});

describe('the list of changes', () => {
  let changes: ChangeService;
  let teamId: string;
  const program = () => ({ ...bed.program(), requestId: 'request-1' });
  let actor: ReturnType<typeof program>;
  beforeEach(async () => {
    actor = program();
    changes = new ChangeService(bed.db, actor);
    const teams = new TeamService(bed.db, actor);
    ({ id: teamId } = (await teams.create({ displayName: `Team ${newId()}` })).team);
    await teams.update(teamId, { externalId: teamId });
    await teams.update(teamId, { externalId: null });
    await settled();
  });

  it('tells who did what to what, when', async () => {
    const { nodes, cursors, totalCount } = await changes.list({ filter: { objectId: { eq: teamId } } });

    const { companyId: _, ...author } = authorOf(actor);
    expect(nodes[1]).toEqual({
      ...author,
      directoryId: null,
      directoryName: null,
      epoch: 1,
      xid: expect.stringMatching(/^\d+$/),
      no: expect.stringMatching(/^\d+$/),
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      kind: 'team.changed',
      objectType: 'team',
      objectId: teamId,
      before: { externalId: null },
      after: { externalId: teamId },
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    } satisfies Record<keyof ChangeRow, unknown>);
    expect(Math.abs(Date.parse(nodes[1]!.at) - Date.now())).toBeLessThan(60_000);
    expect(cursors).toEqual(nodes.map(({ epoch, xid, no }) => `${epoch}.${xid}.${no}`));
    expect(totalCount).toBe(-1);
  });

  it('is walked both ways, oldest or newest first', async () => {
    const filter = { objectId: { eq: teamId } };
    const [one, two, three] = (await changes.list({ filter })).cursors;

    const newest = await changes.list({ filter, order: 'NEWEST_FIRST', first: 2 });
    expect([newest.cursors, newest.hasNextPage]).toEqual([[three, two], true]);
    const rest = await changes.list({ filter, order: 'NEWEST_FIRST', first: 2, after: two });
    expect([rest.cursors, rest.hasNextPage, rest.hasPreviousPage]).toEqual([[one], false, true]);
    const last = await changes.list({ filter, last: 2, before: three });
    expect([last.cursors, last.hasPreviousPage]).toEqual([[one, two], false]);
    expect((await changes.list({ filter, order: 'NEWEST_FIRST', last: 1 })).cursors).toEqual([one]);
  });

  it.each<[string, (id: string, actorId: string) => ChangeFilter, number]>([
    ['a kind', (id) => ({ objectId: { eq: id }, kind: { eq: 'team.created' } }), 1],
    ['the start of a kind', (id) => ({ objectId: { eq: id }, kind: { startsWith: 'team.' } }), 3],
    ['an object type', (id) => ({ objectId: { eq: id }, objectType: { eq: 'user' } }), 0],
    ['an actor', (_, actorId) => ({ actorId: { eq: actorId } }), 3],
    ['a credential', (_, actorId) => ({ credentialId: { eq: actorId }, source: { in: ['API'] } }), 3],
    ['a request', (id) => ({ objectId: { eq: id }, requestId: { eq: 'request-1' } }), 3],
    ['a field that changed', (id) => ({ objectId: { eq: id }, field: 'externalId' }), 3],
    ['a field that was only set at first', (id) => ({ objectId: { eq: id }, field: 'displayName' }), 1],
    ['a field within a field that is none', (id) => ({ objectId: { eq: id }, field: 'externalId.x' }), 0],
    ['no directory', (id) => ({ objectId: { eq: id }, directoryId: { isSet: false } }), 3],
    ['no request', (id) => ({ objectId: { eq: id }, requestId: { isSet: false } }), 0],
    ['a time', (id) => ({ objectId: { eq: id }, at: { le: '2020-01-01T00:00:00Z' } }), 0],
  ])('filters by %s', async (_, filter, count) => {
    expect((await changes.list({ filter: filter(teamId, actor.id) })).nodes).toHaveLength(count);
  });

  it.each([
    '',
    'x',
    '1.2',
    '1.2.3.4',
    '-1.2.3',
    '1.2.x',
    '2147483648.1.1',
    '1.18446744073709551616.1',
    '1.1.9223372036854775808',
  ])('refuses the cursor "%s"', async (cursor) => {
    const refused = (field: string) => ({ code: 'INVALID_VALUE', details: { field } });
    await expect(changes.list({ after: cursor })).rejects.toMatchObject(refused('after'));
    await expect(changes.list({ last: 1, before: cursor })).rejects.toMatchObject(refused('before'));
  });

  it('needs audit:read, and shows no other company', async () => {
    const blind = new ChangeService(bed.db, bed.program(new Set(['teams:read'] as const)));
    await expect(blind.list({})).rejects.toMatchObject({ code: 'FORBIDDEN' });

    const stranger = new ChangeService(bed.db, bed.program(undefined, await bed.anotherCompany()));
    expect((await stranger.list({})).nodes).toEqual([]);
  });
});

describe('the table of changes', () => {
  it('verifies by its digests, and shows what the owner has tampered with', async () => {
    const { team } = await new TeamService(bed.db, bed.program()).create({ displayName: `Team ${newId()}` });
    const verified = async () => {
      const { rows } = await bed.owner.query(
        'select change_digest(c) = c.digest as ok from change c where object_id = $1',
        [team.id],
      );
      return rows;
    };

    expect(await verified()).toEqual([{ ok: true }]);
    await bed.owner.query(`update change set actor_name = 'somebody else' where object_id = $1`, [team.id]);
    expect(await verified()).toEqual([{ ok: false }]);
  });

  it.each([
    `update change set kind = 'x'`,
    'delete from change',
    'truncate change',
    'alter table change disable trigger all',
    'update change_epoch set epoch = 7',
  ])('denies the application: %s', async (statement) => {
    const client = new pg.Client({ connectionString: bed.appUrl });
    await client.connect();
    await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });

  it('takes the change of a team down with it when it cannot be written', async () => {
    const teams = new TeamService(bed.db, bed.program());
    const user = await bed.user();
    const { team } = await teams.create({ displayName: `Team ${newId()}` });
    await bed.owner.query(`create function full_disk() returns trigger language plpgsql as $$ begin raise 'full'; end $$;
      create trigger full_disk before insert on change for each row execute function full_disk()`);

    await expect(teams.update(team.id, { displayName: 'renamed' }, { addMembers: [user] })).rejects.toThrow();
    await expect(teams.delete(team.id)).rejects.toThrow();
    await expect(teams.create({ displayName: 'another' })).rejects.toThrow();
    await bed.owner.query('drop trigger full_disk on change; drop function full_disk()');

    expect(await teams.get(team.id)).toEqual(team);
    expect(await bed.membersOf(team.id)).toEqual([]);
    expect((await teams.list({ filter: { displayName: { eq: 'another' } } })).nodes).toEqual([]);
  });
});
