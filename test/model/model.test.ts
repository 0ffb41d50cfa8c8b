import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { wrongTotals } from '#test/support/totals.js';
import { type Answered, DirectoryModel, type ScimRequest } from './directory-model.js';
import { aSequence } from './requests.js';

/** For both modes together: a minute in `npm run test:long`. */
const SECONDS = Number(process.env.MODEL_SECONDS ?? 5);
/** Of one sequence alone, to see it again; it shrinks in the same way. */
const SEED = process.env.MODEL_SEED ? Number(process.env.MODEL_SEED) : null;
const SHRINKING_MS = 60_000;
const NOBODY = '00000000-0000-7000-8000-000000000000';

type Client = ReturnType<typeof scimClient>;

interface Resource {
  schemas: string[];
  meta: { resourceType: string; version: string };
  members?: { value: string }[];
  groups?: { value: string }[];
  emails?: object[];
}

/** Sends the requests to a company of their own and to a model of it; both have to agree on every answer, and on what is there afterwards. */
async function play(rollcall: TestRollcall, templates: readonly ScimRequest[]): Promise<void> {
  const scim = scimClient(await rollcall.newCompany());
  const model = new DirectoryModel();
  for (const [index, template] of templates.entries()) {
    const request = withIds(template, model);
    const said = `request ${index + 1}: ${toLine(request)}`;

    const answer = await send(scim, request, model);

    agree(said, shownAnswer(answer), model.answer(request, answer.body?.id));
    if (request.method !== 'GET') agree(`${said}, afterwards`, await everything(scim), model.everything());
  }
}

function agree(said: string, server: object, promised: object): void {
  const [is, should] = [JSON.stringify(server), JSON.stringify(promised)];
  if (!isDeepStrictEqual(JSON.parse(is), JSON.parse(should)))
    throw new Error(`${said}\n the server: ${is}\n the model:  ${should}`);
}

/** Puts ids where the templates say who is meant. */
function withIds(template: ScimRequest, { users, groups }: DirectoryModel): ScimRequest {
  const text = JSON.stringify(template).replace(/\{([ug])(\d)\}/g, (_, kind, nth) => {
    const known = kind === 'u' ? users : groups;
    return (nth === '9' ? undefined : known[Number(nth) % known.length])?.id ?? NOBODY;
  });
  return JSON.parse(text);
}

function send(scim: Client, { method, path, query, ifMatch, body, raw }: ScimRequest, model: DirectoryModel) {
  const version = [...model.users, ...model.groups].find(({ id }) => path.endsWith(id))?.version ?? 1;
  const tags = { current: `W/"${version}"`, stale: `W/"${version - 1}"`, '*': '*', nonsense: 'nonsense' };
  const search = new URLSearchParams(
    Object.entries(query ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
  return scim.call(method, search.size > 0 ? `${path}?${search}` : path, body, {
    ...(raw !== undefined && { raw }),
    ...(ifMatch && { headers: { 'if-match': tags[ifMatch] } }),
  });
}

/** What the model tells of an answer. */
function shownAnswer({ status, body }: Awaited<ReturnType<Client['call']>>): Answered {
  if (status === 204) return { status };
  if (status >= 400) return { status, ...(body.scimType && { scimType: body.scimType }) };
  if (!body.Resources) return { status, body: shown(body) };
  const { totalResults, startIndex, Resources } = body;
  return { status, body: { totalResults, startIndex, resources: Resources.map(shown) } };
}

/** What the model tells of a resource. */
function shown({ schemas: _, meta, members, groups, emails, ...rest }: Resource): object {
  const { resourceType, version } = meta;
  const ids = (list: { value: string }[] = []) => list.map(({ value }) => value).sort();
  if (resourceType === 'Group') return { ...rest, version, members: ids(members) };
  return { ...rest, version, emails: emails ?? [], groups: ids(groups) };
}

const toLine = (request: ScimRequest) => JSON.stringify(request);

async function everything(scim: Client): Promise<object> {
  const [users, groups] = [await scim.get('/Users?count=1000'), await scim.get('/Groups?count=1000')];
  return { users: users.body.Resources.map(shown), groups: groups.body.Resources.map(shown) };
}

describe.each(MODES)('SCIM, %s', (mode) => {
  let rollcall: TestRollcall;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
  });
  afterAll(() => rollcall.stop());

  afterAll(async () => expect(await wrongTotals(rollcall.asOwner)).toEqual([]));

  it('I-19: answers any sequence of valid and broken requests as the model does, and never with a 5xx', {
    timeout: SECONDS * 1_000 + SHRINKING_MS + 60_000,
  }, async () => {
    const agrees = fc.asyncProperty(aSequence, (requests) => play(rollcall, requests));
    const until = performance.now() + (SECONDS * 1_000) / MODES.length;

    for (let seed = SEED ?? Math.floor(Math.random() * 2 ** 31); ; seed++) {
      const run = await fc.check(agrees, { seed, numRuns: 1, interruptAfterTimeLimit: SHRINKING_MS });
      if (run.failed)
        expect.fail(`MODEL_SEED=${seed}\n${run.counterexample?.[0].map(toLine).join('\n')}\n${run.errorInstance}`);
      if (SEED !== null || performance.now() > until) break;
    }
  });
});
