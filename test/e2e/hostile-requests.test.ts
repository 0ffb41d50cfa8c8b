import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { snapshot } from '#test/support/snapshot.js';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const RUNS = 60;

/** What reaches for a prototype, for SQL, for a pattern, for the end of a parser, or for another type. */
const WORDS = [
  ...'__proto__ constructor prototype constructor.prototype __proto__.x toString hasOwnProperty valueOf then toJSON . [ ] ( % _ $ref $1 ::text 1=1 userName active emails emails.value name name.givenName members groups roles manager schemas id meta meta.version externalId displayName password urn:x work True null'.split(
    ' ',
  ),
  '__proto__[x eq "y"].z',
  '',
  ' ',
  '"',
  '\\',
  "'",
  "'; drop table app_user; --",
  '\0',
  '\ud800',
  '\u202e',
  '\r\n',
  'x'.repeat(2_000),
  'emails[type eq "work"]',
  'emails[type eq "work"].value',
  'emails[type eq "work"',
  'members[value eq "x"]',
  'addresses[primary eq true].street',
  ENTERPRISE,
  `${ENTERPRISE}:manager`,
  `${ENTERPRISE}:__proto__`,
  'urn:ietf:params:scim:schemas:core:2.0:User',
];
const word = fc.constantFrom(...WORDS);
const scalar = fc.oneof(
  word,
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.boolean(),
  fc.constantFrom(null, 0, -0, -1, 1.5, 2 ** 63, 1e308, Number.MAX_SAFE_INTEGER),
);
const { value } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  // From entries, so that `__proto__` is a member like any other.
  object: fc.array(fc.tuple(word, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
}));
const operation = fc.record(
  {
    op: fc.constantFrom('add', 'replace', 'remove', 'Add', 'move', '__proto__', 7),
    path: fc.oneof(word, value),
    value,
  },
  { requiredKeys: [] },
);
const patch = fc.record(
  { schemas: value, Operations: fc.oneof(fc.array(operation, { maxLength: 3 }), value) },
  { requiredKeys: [] },
);
const bulk = fc.record({
  Operations: fc.array(
    fc.record(
      {
        method: fc.constantFrom('POST', 'PATCH', 'PUT', 'GET', '__proto__', 7),
        path: fc.oneof(word, fc.constant('/Users')),
        bulkId: value,
        data: fc.oneof(patch, value),
      },
      { requiredKeys: [] },
    ),
    { maxLength: 3 },
  ),
  failOnErrors: scalar,
});
const body = fc.oneof(patch, value, bulk).map((each) => JSON.stringify(each));
const operator = fc.constantFrom(...'eq ne co sw ew gt ge lt le pr and or not ( ) [ ] " "" "x" true 1e400'.split(' '));
const filter = fc.array(fc.oneof(word, operator), { maxLength: 12 }).map((parts) => parts.join(' '));

describe.each(MODES)('generated hostile requests, %s', (mode) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let scim: ReturnType<typeof scimClient>;
  let userId: string;
  let groupId: string;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    company = await rollcall.newCompany();
    scim = scimClient(company);
    userId = (await scim.post('/Users', { userName: 'zoe', emails: [{ value: 'z@x.example', type: 'work' }] })).body.id;
    groupId = (await scim.post('/Groups', { displayName: 'All', members: [{ value: userId }] })).body.id;
  });
  afterAll(() => rollcall.stop());

  const state = () => snapshot(rollcall.db, company.companyId);
  /** Runs it, and says that nothing changed anywhere: no row, and nothing in the change log. */
  const changesNothing = async <T>(work: () => Promise<T>): Promise<T> => {
    const before = await state();
    const answer = await work();
    expect(await state()).toEqual(before);
    return answer;
  };
  const isClean = () => {
    for (const canary of [{}, [], () => undefined, 'x', new Map()])
      expect([Object.keys(Object.prototype), (canary as { polluted?: unknown }).polluted]).toEqual([[], undefined]);
  };
  const send = (method: string, path: string, raw: string) => scim.call(method, path, undefined, { raw });
  const query = (name: string, text: string) => `${name}=${encodeURIComponent(text.toWellFormed())}`;

  it(`I-03, I-05, I-07: any body to any address is done, or refused and then nothing has changed; never a 5xx`, async () => {
    const target = fc.constantFrom<[string, string]>(
      ['POST', '/Users'],
      ['POST', '/Groups'],
      ['PUT', '/Users/<user>'],
      ['PUT', '/Groups/<group>'],
      ['PATCH', '/Users/<user>'],
      ['PATCH', '/Groups/<group>'],
      ['PATCH', '/Users/none'],
      ['POST', '/Bulk'],
      ['POST', '/.search'],
      ['POST', '/Users/.search'],
      ['POST', '/Groups/.search'],
      ['POST', '/Me'],
      ['PUT', '/Schemas'],
    );
    await fc.assert(
      fc.asyncProperty(target, body, async ([method, pattern], raw) => {
        const before = await state();
        const answer = await send(method, pattern.replace('<user>', userId).replace('<group>', groupId), raw);
        isClean();
        if (answer.status < 400) return;
        expect(answer.status).toSatisfy((status) => status < 500 || status === 501);
        expect(answer.body).toMatchObject({
          schemas: [ERROR],
          status: String(answer.status),
          detail: expect.any(String),
        });
        expect(await state()).toEqual(before);
      }),
      { numRuns: RUNS * 2 },
    );
  });

  it('I-08, I-10: any filter, sort, page and projection is a list or a refusal, and changes nothing', async () => {
    const parameters = fc.record(
      {
        filter,
        sortBy: word,
        sortOrder: word,
        attributes: word,
        excludedAttributes: word,
        count: word,
        startIndex: scalar,
        cursor: word,
      },
      { requiredKeys: [] },
    );
    await changesNothing(() =>
      fc.assert(
        fc.asyncProperty(fc.constantFrom('/Users', '/Groups'), parameters, async (path, all) => {
          const search = Object.entries(all).map(([name, text]) => query(name, String(text)));
          for (const answer of [
            await scim.get(`${path}?${search.join('&')}`),
            await scim.post(`${path}/.search`, all),
          ]) {
            expect(answer.status).toSatisfy((status) => status === 200 || (status >= 400 && status < 500));
            if (answer.status !== 200) expect(answer.body).toMatchObject({ schemas: [ERROR] });
          }
          isClean();
        }),
        { numRuns: RUNS },
      ),
    );
  });
});
