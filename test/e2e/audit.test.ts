import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureOperatorKey } from '#core-api/domain/bootstrap.js';
import { verifyLog } from '#core-api/domain/change/log-verifier.js';
import { LogFollower } from '#core-api/jobs/log-follower.js';
import { HOUSES } from '#test/e2e/isolation/neighbour.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

const exportUrl = ({ graphqlUrl }: TestCompany, rest: string) =>
  graphqlUrl.replace('/graphql', `/export/changes.${rest}`);

function download(company: TestCompany, rest: string, headers: Record<string, string> = {}, token = company.apiKey) {
  return fetch(exportUrl(company, rest), { headers: { authorization: `Bearer ${token}`, ...headers } });
}

interface Line {
  id: string;
  kind: string;
  source: string;
  objectId: string;
  actorName: string;
  directoryId: string | null;
  directoryName: string | null;
  credentialId: string | null;
  after: unknown;
}

async function linesOf(company: TestCompany, query = ''): Promise<Line[]> {
  const answer = await download(company, `jsonl${query}`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson; charset=utf-8']);
  return (await answer.text())
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** RFC 4180. */
function parseCsv(text: string): Record<string, string>[] {
  const rows = text
    .match(/(?:"(?:[^"]|"")*"|[^"\r\n])*\r\n/g)!
    .map((row) =>
      [...row.slice(0, -2).matchAll(/("(?:[^"]|"")*"|[^",]*)(?:,|$)/g)].map(([, cell = '']) =>
        cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell,
      ),
    );
  const [head = [], ...body] = rows;
  return body.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i] ?? ''])));
}

describe.each(HOUSES)('the audit log, $mode, row-level security $rowSecurity', ({ mode, rowSecurity }) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let ask: ReturnType<typeof graphqlClient>;
  let scim: ReturnType<typeof scimClient>;
  let ann: string;
  let ben: string;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode, env: { ROLLCALL_ROW_SECURITY: rowSecurity } });
    company = await rollcall.newCompany();
    ask = graphqlClient(company);
    scim = scimClient(company);
    ann = (await scim.post('/Users', { userName: 'ann', title: 'One' })).body.id;
    await scim.patch(`/Users/${ann}`, [{ op: 'replace', path: 'title', value: '=HYPERLINK("http://x")' }]);
    const made = await dataOf(ask(`mutation { createUser(input: { userName: "ben" }) { user { id } } }`));
    ben = made.createUser.user.id;
    await settled(company, ben);
  });
  afterAll(() => rollcall.stop());

  /** Until the newest change is final: others' transactions hold the log back. */
  async function settled(of: TestCompany, objectId: string, kind = 'user.created') {
    const isThere = async () => expect(await linesOf(of, `?object=${objectId}&kind=${kind}`)).not.toEqual([]);
    await vi.waitFor(isThere, { interval: 20, timeout: 15_000 });
  }

  const kindsBy = async (filter: string) => {
    const { changes } = await dataOf(
      ask(`{ changes(filter: ${filter}, first: 100) { nodes { kind objectId directoryId directoryName } } }`),
    );
    return (changes.nodes as { kind: string; objectId: string }[])
      .filter(({ objectId }) => [ann, ben].includes(objectId))
      .map(({ kind, objectId }) => `${objectId === ann ? 'ann' : 'ben'} ${kind}`);
  };

  it('is filtered by source, directory, token, field and time', async () => {
    const byDirectory = ['ann user.created', 'ann user.changed'];
    const { changes } = await dataOf(
      ask(
        `{ changes(filter: { objectId: { eq: "${ann}" } }) { nodes { credentialId directoryId directoryName at } } }`,
      ),
    );
    const [created, changed] = changes.nodes;
    expect(created).toMatchObject({ directoryId: company.directoryId, directoryName: expect.any(String) });

    expect(await kindsBy('{ source: { eq: "DIRECTORY" } }')).toEqual(byDirectory);
    expect(await kindsBy(`{ directoryId: { eq: "${company.directoryId}" } }`)).toEqual(byDirectory);
    expect(await kindsBy(`{ credentialId: { eq: "${created.credentialId}" } }`)).toEqual(byDirectory);
    expect(await kindsBy('{ directoryId: { isSet: false } }')).toEqual(['ben user.created']);
    expect(await kindsBy('{ field: "title" }')).toEqual(byDirectory);
    expect(await kindsBy(`{ field: "title", at: { gt: "${created.at}", le: "${changed.at}" } }`)).toEqual(
      created.at === changed.at ? [] : ['ann user.changed'],
    );
    expect(await kindsBy('{ at: { ge: "2999-01-01T00:00:00Z" } }')).toEqual([]);
    expect(await kindsBy('{ at: { ge: "2001-01-01T00:00:00Z", lt: "2999-01-01T00:00:00Z" } }')).toHaveLength(3);
  });

  it('is exported as JSON lines and as CSV, with the same rows and filters', async () => {
    const lines = await linesOf(company, '?source=SCIM');
    expect(lines.filter(({ objectId }) => objectId === ann).map(({ kind }) => kind)).toEqual([
      'user.created',
      'user.changed',
    ]);
    expect(new Set(lines.map(({ source }) => source))).toEqual(new Set(['DIRECTORY']));
    expect(await linesOf(company, `?directory=${company.directoryId}`)).toEqual(lines);
    expect(await linesOf(company, `?token=${lines[0]!.credentialId}`)).toEqual(lines);
    expect(await linesOf(company, `?object=${ann}&field=title`)).toHaveLength(2);
    expect(await linesOf(company, '?to=2020-01-01T00:00:00Z')).toEqual([]);

    const answer = await download(company, 'csv?source=SCIM');
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="changes.csv"');
    const rows = parseCsv(await answer.text());
    expect(rows.map(({ id }) => id)).toEqual(lines.map(({ id }) => id));
    expect(rows.map((row) => JSON.parse(row.after || 'null'))).toEqual(lines.map((line) => line.after));
  });

  it('I-16: no name runs as a formula in the exported table', async () => {
    const token = await dataOf(
      ask(`mutation { createApiKey(input: { name: "=1+1", permissions: ["users:write"] }) { secret apiKey { id } } }`),
    );
    const other = graphqlClient({ ...company, apiKey: token.createApiKey.secret });
    const { createUser } = await dataOf(other('mutation { createUser(input: { userName: "cat" }) { user { id } } }'));
    await settled(company, createUser.user.id);
    const [row] = parseCsv(await (await download(company, `csv?object=${createUser.user.id}`)).text());
    expect(row!.actorName).toBe("'=1+1");
  });

  it('T-05: the log and its export show nothing of another company', async () => {
    const stranger = await rollcall.newCompany({ name: 'Stranger Things' });
    const { id } = (await scimClient(stranger).post('/Users', { userName: 'zebra-9731' })).body;
    await settled(stranger, id);

    const texts = [
      JSON.stringify(
        (await ask('{ changes(first: 100, orderBy: NEWEST_FIRST) { nodes { id objectId after } } }')).body,
      ),
      await (await download(company, 'jsonl')).text(),
      await (await download(company, 'csv')).text(),
    ];
    for (const text of texts)
      for (const secret of [id, 'zebra-9731', stranger.companyId, stranger.directoryId, 'Stranger'])
        expect(text).not.toContain(secret);
    const [foreign] = await linesOf(stranger, `?object=${id}`);
    expect(await linesOf(company, `?object=${id}`)).toEqual([]);
    expect(await linesOf(company, `?directory=${stranger.directoryId}`)).toEqual([]);
    expect(await linesOf(company, `?token=${foreign!.credentialId}`)).toEqual([]);
    expect((await download(company, 'jsonl', { 'rollcall-company': stranger.companyId })).status).toBe(404);
  });

  it('E-03: is sealed, and verifies until somebody changes it', async () => {
    const follower = new LogFollower({ db: rollcall.db, log: { warn: () => undefined }, consumers: [] });
    const verify = () => verifyLog(rollcall.db.forCompany(company.companyId), company.companyId);
    const unsealed = async () => {
      await follower.follow();
      return (await verify()).unsealedRows;
    };
    await expect.poll(unsealed, { interval: 20, timeout: 15_000 }).toBe(0);
    const { sealedRows, broken } = await verify();
    expect([sealedRows, broken]).toEqual([(await linesOf(company)).length, null]);

    const rename = (from: string, to: string) =>
      rollcall.asOwner(`update change set actor_name = '${to}' where object_id = '${ben}' and actor_name = '${from}'`);
    const [{ actorName }] = (await linesOf(company, `?object=${ben}`)) as [Line];
    await rename(actorName, 'nobody');
    expect((await verify()).broken).toMatchObject({ kind: 'CHANGED_ROW' });
    await rename('nobody', actorName);
    expect((await verify()).broken).toBeNull();
  });

  it('is exported to operators who name the company, and to keys that may read it', async () => {
    await rollcall.asOwner('delete from operator_key');
    const operator = (await ensureOperatorKey(rollcall.db))!;
    const named = await download(company, 'jsonl', { 'rollcall-company': company.companySlug }, operator);
    expect([named.status, (await named.text()).includes(ann)]).toEqual([200, true]);

    const { createApiKey } = await dataOf(
      ask(`mutation { createApiKey(input: { name: "no audit", permissions: ["users:read"] }) { secret } }`),
    );
    const refused = await Promise.all([
      download(company, 'jsonl', {}, operator),
      download(company, 'jsonl', {}, createApiKey.secret),
      download(company, 'csv', {}, company.scimToken),
      download(company, 'csv', {}, 'nonsense'),
      download(company, 'csv?knd=x'),
      download(company, 'csv?from=yesterday'),
      download(company, 'xml'),
      fetch(exportUrl(company, 'csv'), { method: 'POST' }),
    ]);
    const codes = await Promise.all(refused.map(async (answer) => (await answer.json()).errors[0].extensions.code));
    expect(refused.map(({ status }, i) => [status, codes[i]])).toEqual([
      [400, 'INVALID_VALUE'],
      [403, 'FORBIDDEN'],
      [401, 'UNAUTHENTICATED'],
      [401, 'UNAUTHENTICATED'],
      [400, 'INVALID_VALUE'],
      [400, 'INVALID_VALUE'],
      [404, 'NOT_FOUND'],
      [405, 'BAD_REQUEST'],
    ]);
  });

  it('E-07: shows that an erased person was there, and nothing else of it', async () => {
    const { id } = (await scim.post('/Users', { userName: 'canary-7315', displayName: 'Canary 7315' })).body;
    const erase = () =>
      ask(`mutation { eraseUser(input: { id: "${id}" }) { id emptiedChanges emptiedConflicts emptiedRequests } }`);
    expect(await errorOf(erase())).toMatchObject({ code: 'INVALID_VALUE', field: 'id' });
    await scim.delete(`/Users/${id}`);

    expect((await dataOf(erase())).eraseUser).toMatchObject({ id, emptiedChanges: 2 });

    await settled(company, id, 'user.erased');
    expect((await linesOf(company, `?object=${id}`)).map(({ kind }) => kind)).toEqual([
      'user.created',
      'user.deleted',
      'user.erased',
    ]);
    expect(await (await download(company, 'jsonl')).text()).not.toMatch(/canary.7315/i);
    expect((await scim.get('/Users?filter=userName eq "erased"')).body.totalResults).toBe(0);
    expect((await scim.get(`/Users/${id}`)).status).toBe(404);
  });
});

it('a server seals by itself what was changed, and stops in order', async () => {
  const rollcall = await startRollcall({ mode: 'one-process', env: { ROLLCALL_JOBS: 'on' } });
  try {
    const { companyId } = await rollcall.newCompany();
    const unsealed = async () => (await verifyLog(rollcall.db, companyId)).unsealedRows;
    expect(await unsealed()).toBeGreaterThan(0);
    await expect.poll(unsealed, { interval: 100, timeout: 18_000 }).toBe(0);
  } finally {
    await rollcall.stop();
  }
});

describe('a long export', () => {
  /** With 2 kB each more than sockets hold between them. */
  const ROWS = 20_000;
  let rollcall: TestRollcall;
  let company: TestCompany;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode: 'one-process' });
    company = await rollcall.newCompany();
    await rollcall.asOwner(
      `insert into change (company_id, actor_kind, actor_id, actor_name, source, kind, object_type, object_id, after)
       select '${company.companyId}', 'SYSTEM', '${company.companyId}', 'test', 'SYSTEM', 'test.row', 'test', gen_random_uuid(),
         jsonb_build_object('n', n, 'much', repeat(md5(n::text), 64)) from generate_series(1, ${ROWS}) n`,
    );
    const isFinal = async () => expect(await linesOf(company, '?kind=test.row')).toHaveLength(ROWS);
    await vi.waitFor(isFinal, { interval: 50, timeout: 30_000 });
  });
  afterAll(() => rollcall.stop());

  /** Starts a download and takes no more than its first piece until told to. */
  function slowly(path: string) {
    let size = 0;
    let isComplete = false;
    const ended = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const sent = request(exportUrl(company, path), { headers: { authorization: `Bearer ${company.apiKey}` } });
    sent.on('error', () => ended.resolve());
    sent.on('response', (response) => {
      response.once('data', () => {
        response.pause();
        begun.resolve();
      });
      response.on('data', (piece: Buffer) => {
        size += piece.length;
      });
      response.on('error', () => ended.resolve());
      response.on('close', () => {
        isComplete = response.complete;
        ended.resolve();
      });
      goOn = () => response.resume();
    });
    let goOn = () => {};
    sent.end();
    return {
      begun: begun.promise,
      ended: ended.promise,
      goOn: () => goOn(),
      leave: () => sent.destroy(),
      result: () => ({ size, isComplete }),
    };
  }

  const lots = () => rollcall.statements.filter((sql) => sql.includes('"directory_token" as "t"')).length;

  /** The number of lots that were read, once it does not rise any more. */
  async function lotsAtRest(): Promise<number> {
    let last = -1;
    const rests = () => {
      const isSame = lots() === last;
      last = lots();
      return isSame;
    };
    await expect.poll(rests, { interval: 500, timeout: 20_000 }).toBe(true);
    return last;
  }

  it('has every row once, in both formats, in the order of the log', async () => {
    const lines = await linesOf(company, '?kind=test.row');
    expect(new Set(lines.map(({ id }) => id)).size).toBe(ROWS);
    const rows = parseCsv(await (await download(company, 'csv?kind=test.row')).text());
    expect(rows.map(({ id }) => id)).toEqual(lines.map(({ id }) => id));
    const numbers = rows.map(({ after }) => JSON.parse(after!).n);
    expect(numbers).toEqual(Array.from({ length: ROWS }, (_, i) => i + 1));
  });

  it('waits for who takes it slowly, and ends the work of who leaves', async () => {
    rollcall.statements.length = 0;
    const slow = slowly('jsonl');
    await slow.begun;
    const read = await lotsAtRest();
    expect(read).toBeLessThan(ROWS / 1_000);

    slow.leave();
    await slow.ended;
    expect(await lotsAtRest()).toBeLessThan(ROWS / 1_000);
  });

  it('goes on where who was slow goes on', async () => {
    const slow = slowly('jsonl');
    await slow.begun;
    slow.goOn();
    await slow.ended;
    expect(slow.result().isComplete).toBe(true);
    expect(slow.result().size).toBeGreaterThan(ROWS * 2_000);
  });

  it('K-06: breaks off when it fails in the middle, and does not look whole', async () => {
    await rollcall.asOwner(`create function unreadable(after jsonb) returns boolean language plpgsql as $$
        begin if (after->>'n')::int = ${ROWS / 2} then raise 'this row cannot be read'; end if; return true; end $$;
      create policy half on change using (unreadable(after));
      alter table change enable row level security`);
    try {
      for (const format of ['csv', 'jsonl']) {
        const broken = await download(company, `${format}?kind=test.row`);
        expect(broken.status).toBe(200);
        await expect(broken.text()).rejects.toThrow('terminated');
      }
    } finally {
      await rollcall.asOwner(`alter table change disable row level security; drop policy half on change;
        drop function unreadable`);
    }
  });
});
