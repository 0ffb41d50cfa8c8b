import { Pool } from 'undici';
import { type PhaseResult, runPhase } from './load.js';

const PAGE = 100;
const GROUPS = 20;
const CORE_GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

interface Answer {
  status: number;
  body: {
    id?: string;
    userName?: string;
    title?: string;
    active?: boolean;
    members?: readonly object[];
    totalResults?: number;
    Resources?: readonly { userName: string }[];
    detail?: string;
  };
}

interface TenantOptions {
  scimBaseUrl: string;
  scimToken: string;
  users: number;
  concurrency: number;
}

/** Runs every phase on one empty tenant, and checks each answer. */
export async function measureTenant({
  scimBaseUrl,
  scimToken,
  users,
  concurrency,
}: TenantOptions): Promise<PhaseResult[]> {
  const { origin, pathname } = new URL(scimBaseUrl);
  const pool = new Pool(origin, { connections: concurrency, pipelining: 1 });
  const headers = { authorization: `Bearer ${scimToken}`, 'content-type': 'application/scim+json' };
  const send = async (method: 'GET' | 'POST' | 'PUT' | 'PATCH', path: string, body?: object): Promise<Answer> => {
    const payload = body === undefined ? null : JSON.stringify(body);
    const answer = await pool.request({ method, path: pathname + path, headers, body: payload });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: text === '' ? {} : JSON.parse(text) };
  };

  const created: { index: number; id: string }[] = [];
  const phase = (name: string, count: number, operation: (index: number) => Promise<void>) =>
    runPhase(name, count, concurrency, operation);

  try {
    const create = await phase('create', users, async (index) => {
      const { status, body } = await send('POST', '/Users', userAt(index));
      expectThat(status === 201 && body.userName === userNameOf(index) && body.id, 'create', { status, body });
      created.push({ index, id: body.id });
    });
    // Fewer than asked for when the phase ran out of time.
    const existing = created.length;
    if (existing === 0) throw new Error(`no user could be created: ${create.firstError}`);
    const lookUp = await phase('look-up by userName', existing, async (turn) => {
      const userName = userNameOf(created[turn]!.index);
      const filter = encodeURIComponent(`userName eq "${userName}"`);
      const { status, body } = await send('GET', `/Users?filter=${filter}`);
      const isHit = body.totalResults === 1 && body.Resources?.[0]?.userName === userName;
      expectThat(status === 200 && isHit, 'look-up', { status, body });
    });
    const patchActive = await phase('PATCH active', existing, async (turn) => {
      const { status, body } = await send('PATCH', `/Users/${created[turn]!.id}`, {
        schemas: [PATCH_OP],
        Operations: [{ op: 'replace', path: 'active', value: false }],
      });
      expectThat(status === 200 && body.active === false, 'PATCH active', { status, body });
    });
    const put = await phase('PUT', existing, async (turn) => {
      const { index, id } = created[turn]!;
      const title = `Tester ${turn}`;
      const { status, body } = await send('PUT', `/Users/${id}`, { ...userAt(index), title });
      expectThat(status === 200 && body.title === title && body.active === true, 'PUT', { status, body });
    });
    const pages = Math.max(1, Math.floor(existing / PAGE));
    const pageLength = Math.min(PAGE, existing);
    const listPage = await phase('list page of 100', Math.ceil(existing / 4), async (turn) => {
      const startIndex = 1 + PAGE * (turn % pages);
      const { status, body } = await send('GET', `/Users?startIndex=${startIndex}&count=${PAGE}`);
      const isWhole = body.Resources?.length === pageLength && body.totalResults === existing;
      expectThat(status === 200 && isWhole, 'list page', { status, body });
    });
    const groups: string[] = [];
    for (let index = 0; index < GROUPS; index++) {
      const { status, body } = await send('POST', '/Groups', { schemas: [CORE_GROUP], displayName: `Bench ${index}` });
      expectThat(status === 201 && body.id, 'create group', { status, body });
      groups.push(body.id);
    }
    const memberAdd = await phase('member add', existing, async (turn) => {
      const { status, body } = await send('PATCH', `/Groups/${groups[turn % GROUPS]}`, {
        schemas: [PATCH_OP],
        Operations: [{ op: 'add', path: 'members', value: [{ value: created[turn]!.id }] }],
      });
      expectThat(status === 204 || status === 200, 'member add', { status, body });
    });
    // Concurrent additions to one group must not lose each other.
    const sizes = await Promise.all(
      groups.map(async (id) => (await send('GET', `/Groups/${id}`)).body.members?.length),
    );
    const members = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
    if (members !== memberAdd.operations) {
      memberAdd.errors += Math.abs(memberAdd.operations - members);
      memberAdd.firstError ??= `${memberAdd.operations} members were added, and the groups have ${members}.`;
    }
    return [lookUp, create, patchActive, put, listPage, memberAdd];
  } finally {
    await pool.destroy();
  }
}

function userNameOf(index: number): string {
  return `bench-${String(index).padStart(7, '0')}@bench.example`;
}

function userAt(index: number) {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: userNameOf(index),
    externalId: `bench-${index}`,
    name: { givenName: 'Bench', familyName: `User ${index}` },
    displayName: `Bench User ${index}`,
    emails: [{ value: userNameOf(index), type: 'work', primary: true }],
    active: true,
  };
}

function expectThat(holds: unknown, what: string, { status, body }: Answer): asserts holds {
  if (!holds) throw new Error(`${what}: answered ${status}${body.detail ? `, ${body.detail}` : ''}`);
}
