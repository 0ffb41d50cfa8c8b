import { Pool } from 'undici';
import { type PhaseResult, runPhase } from './load.js';

const PAGE = 100;
const GROUPS = 20;
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are checked field by field where they are used
  body: any;
}

interface TenantOptions {
  scimBaseUrl: string;
  scimToken: string;
  users: number;
  concurrency: number;
}

/** Runs every phase on one empty tenant, and checks each answer. */
export async function measureTenant({ scimBaseUrl, scimToken, users, concurrency }: TenantOptions): Promise<PhaseResult[]> {
  const { origin, pathname } = new URL(scimBaseUrl);
  const pool = new Pool(origin, { connections: concurrency, pipelining: 1 });
  const headers = { authorization: `Bearer ${scimToken}`, 'content-type': 'application/scim+json' };
  const send = async (method: 'GET' | 'POST' | 'PUT' | 'PATCH', path: string, body?: object): Promise<Answer> => {
    const payload = body === undefined ? null : JSON.stringify(body);
    const answer = await pool.request({ method, path: pathname + path, headers, body: payload });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: text === '' ? null : JSON.parse(text) };
  };

  const ids: string[] = [];
  const known = () => {
    if (ids.length === 0) throw new Error('no user could be created.');
    return ids.length;
  };
  const idAt = (index: number) => ids[index % known()]!;
  const phase = (name: string, operation: (index: number) => Promise<void>, count = users) =>
    runPhase(name, count, concurrency, operation);

  try {
    const create = await phase('create', async (index) => {
      const { status, body } = await send('POST', '/Users', userAt(index));
      expectThat(status === 201 && body.userName === userNameOf(index), 'create', status, body);
      ids.push(body.id);
    });
    const existing = known();
    const lookUp = await phase('look-up by userName', async (index) => {
      // Those that were created: a phase that ran out of time has made the first ones.
      const userName = userNameOf(index % existing);
      const filter = encodeURIComponent(`userName eq "${userName}"`);
      const { status, body } = await send('GET', `/Users?filter=${filter}`);
      expectThat(status === 200 && body.totalResults === 1 && body.Resources[0].userName === userName, 'look-up', status, body);
    });
    const patchActive = await phase('PATCH active', async (index) => {
      const active = index % (2 * existing) >= existing;
      const { status, body } = await send('PATCH', `/Users/${idAt(index)}`, {
        schemas: [PATCH_OP],
        Operations: [{ op: 'replace', path: 'active', value: active }],
      });
      expectThat(status === 200 && body.active === active, 'PATCH active', status, body);
    });
    const names = new Map<string, string>();
    const put = await phase('PUT', async (index) => {
      const id = idAt(index);
      const title = `Tester ${index}`;
      const { status, body } = await send('PUT', `/Users/${id}`, { ...userAt(index), userName: names.get(id) ?? `put-${index}@bench.example`, title });
      expectThat(status === 200 && body.title === title && body.id === id, 'PUT', status, body);
      names.set(id, body.userName);
    });
    const pages = Math.max(1, Math.floor(existing / PAGE));
    const pageLength = Math.min(PAGE, existing);
    const listPage = await phase('list page of 100', async (index) => {
      const startIndex = 1 + PAGE * (index % pages);
      const { status, body } = await send('GET', `/Users?startIndex=${startIndex}&count=${PAGE}`);
      expectThat(status === 200 && body.Resources.length === pageLength && body.totalResults === existing, 'list', status, body);
    }, Math.ceil(users / 4));
    const groups: string[] = [];
    for (let index = 0; index < GROUPS; index++) {
      const { status, body } = await send('POST', '/Groups', { displayName: `Bench ${index}` });
      expectThat(status === 201, 'create group', status, body);
      groups.push(body.id);
    }
    let added = 0;
    const memberAdd = await phase('member add', async (index) => {
      const { status, body } = await send('PATCH', `/Groups/${groups[index % GROUPS]}`, {
        schemas: [PATCH_OP],
        Operations: [{ op: 'add', path: 'members', value: [{ value: idAt(index) }] }],
      });
      expectThat(status === 204 || status === 200, 'member add', status, body);
      added++;
    }, existing);
    const sizes = await Promise.all(groups.map(async (id) => (await send('GET', `/Groups/${id}`)).body.members.length));
    const members = sizes.reduce((sum, size) => sum + size, 0);
    if (members !== added) {
      memberAdd.errors += Math.abs(added - members);
      memberAdd.firstError ??= `${added} members were added, and the groups have ${members}.`;
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

function expectThat(holds: boolean, what: string, status: number, body: { detail?: string } | null): asserts holds {
  if (!holds) throw new Error(`${what}: answered ${status}${body?.detail ? `, ${body.detail}` : ''}`);
}
