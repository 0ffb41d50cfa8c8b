import type { ProbeStepName, ProbeTarget } from '#core-api/domain/probe/probe.js';
import { described, type ProbeAnswer, ProbeFailure, type ProbeHttp, unexpected } from './probe-http.js';
import * as requests from './probe-requests.js';

/** What the steps of one test share. */
export interface StepState {
  root: string;
  http: ProbeHttp;
  target: ProbeTarget;
  userId: string | null;
  groupId: string | null;
}

export interface Step {
  step: ProbeStepName;
  title: string;
  expected: string;
  /** Steps without which this one means nothing. */
  needs: readonly ProbeStepName[];
  /** Why this directory does without it; null: it does not. */
  skip?: (target: ProbeTarget) => string | null;
  /** @returns what came back. @throws ProbeFailure */
  run: (state: StepState) => Promise<string>;
}

const BASE = '/scim/v2';
const QUERY_CHANGED =
  'Something in front of Rollcall changes the query, its case or its encoding: let it pass paths and queries as they are.';
const ADDRESS_DIFFERS =
  'The gateway gives out another address than the one that is tested: set ROLLCALL_PUBLIC_URL to the same for gateway and core-api.';

export const STEPS: readonly Step[] = [
  {
    step: 'REACH',
    title: 'The address is reached',
    expected: 'An answer from Rollcall under the public address.',
    needs: [],
    async run({ http, root }) {
      const answer = await http.send({ path: `${BASE}/ServiceProviderConfig`, token: null });
      // It wants a credential, and says so as SCIM says it. Where it lets everybody in, the next step says why.
      const isThere =
        answer.status === 401 ? isError(answer) : answer.status === 200 && answer.body?.authenticationSchemes;
      if (!isThere) throw unexpected(answer, root, answer.status === 401 ? OTHER_401 : undefined);
      return 'Rollcall answers.';
    },
  },
  {
    step: 'WRONG_CREDENTIAL',
    title: 'A wrong token is refused',
    expected: '401 for a token that nobody was given.',
    needs: ['REACH'],
    async run({ http, root, target }) {
      const wrong = target.token.slice(0, -4) + (target.token.endsWith('AAAA') ? 'BBBB' : 'AAAA');
      const answer = await http.send({ path: `${BASE}/Users?startIndex=1&count=2`, token: wrong });
      if (answer.status === 200)
        throw unexpected(
          answer,
          root,
          'Something in front of Rollcall adds a credential of its own, and lets everybody in: let it pass the header Authorization unchanged.',
        );
      if (answer.status !== 401) throw unexpected(answer, root);
      return described(answer);
    },
  },
  {
    step: 'RIGHT_CREDENTIAL',
    title: 'The token is accepted',
    expected: '200 and a list of users.',
    // With a credential that is not the test's own, what follows could be written anywhere.
    needs: ['WRONG_CREDENTIAL'],
    async run({ http, root }) {
      const answer = await http.send({ path: `${BASE}/Users?startIndex=1&count=2` });
      totalOf(answer, root);
      return described(answer);
    },
  },
  {
    step: 'DISCOVERY',
    title: 'The service describes itself',
    expected: '200 for ServiceProviderConfig, Schemas, ResourceTypes and the well-known address.',
    needs: ['RIGHT_CREDENTIAL'],
    async run({ http, root, target }) {
      const config = expectStatus(200, await http.send({ path: `${BASE}/ServiceProviderConfig` }), root);
      if (!isObject(config.patch) || config.patch.supported !== true)
        throw new ProbeFailure(
          'It does not offer PATCH.',
          `Something else than Rollcall answers at ${root}${BASE}.`,
          200,
        );
      const schemas = await http.send({ path: `${BASE}/Schemas` });
      const ids = resourcesOf(schemas, root).map(({ id }) => id);
      const missing = [requests.CORE_USER, ...target.profile.extensions.map(({ urn }) => urn)].find(
        (id) => !ids.includes(id),
      );
      if (missing)
        throw new ProbeFailure(`The schema ${missing} is missing.`, 'Save the profile of the directory again.', 200);
      totalOf(await http.send({ path: `${BASE}/ResourceTypes` }), root);
      const wellKnown = await http.send({ path: '/.well-known/scim-configuration', token: null });
      if (wellKnown.status !== 200 || !wellKnown.body)
        throw unexpected(
          wellKnown,
          root,
          'Let the proxy in front of Rollcall pass /.well-known/scim-configuration, too.',
        );
      return `${ids.length} schemas.`;
    },
  },
  {
    step: 'LOOK_UP_MISS',
    title: 'A look-up of nobody finds nobody',
    expected: '200 and a list of none.',
    needs: ['RIGHT_CREDENTIAL'],
    async run({ http, root, target }) {
      const userName = `nobody.${requests.userNameOf(target)}`;
      const total = totalOf(await http.send({ path: BASE + requests.lookUp('Users', 'userName', userName) }), root);
      if (total !== 0) throw new ProbeFailure(`A list of ${total}.`, QUERY_CHANGED, 200);
      const groups = await http.send({ path: BASE + requests.lookUp('Groups', 'displayName', userName) });
      const found = totalOf(groups, root);
      if (found !== 0) throw new ProbeFailure(`A list of ${found} groups.`, QUERY_CHANGED, 200);
      return 'Lists of none.';
    },
  },
  {
    step: 'CREATE',
    title: 'A user is created',
    expected: '201 and a Location under the public address.',
    needs: ['RIGHT_CREDENTIAL'],
    async run(state) {
      const { http, root, target } = state;
      const answer = await http.send({ method: 'POST', path: `${BASE}/Users`, body: requests.newUser(target) });
      state.userId = createdId(answer, root, 'Users');
      return described(answer);
    },
  },
  {
    step: 'LOOK_UP_HIT',
    title: 'The user is found',
    expected: '200 and a list of one, by userName and by externalId, and the user by its id.',
    needs: ['CREATE'],
    async run({ http, root, target, userId }) {
      const keys = { userName: requests.userNameOf(target), externalId: requests.externalIdOf(target) };
      for (const [name, value] of Object.entries(keys)) {
        const [found, ...more] = resourcesOf(
          await http.send({ path: BASE + requests.lookUp('Users', name, value) }),
          root,
        );
        if (found?.id !== userId || more.length > 0)
          throw new ProbeFailure(`By ${name} ${found ? 'others are' : 'nobody is'} found.`, QUERY_CHANGED, 200);
      }
      expectStatus(200, await http.send({ path: `${BASE}/Users/${userId}` }), root);
      return 'The user, each time.';
    },
  },
  {
    step: 'PATCH',
    title: 'A PATCH changes the user',
    expected: '200 or 204, and the new value when it is read.',
    needs: ['CREATE'],
    async run(state) {
      const attribute = requests.changeableOf(state.target);
      await patch(state, 'Users', state.userId, requests.patchOfUser(state.target));
      return attribute === null
        ? 'The profile maps none of the attributes that could show it.'
        : reread(state, attribute, requests.CHANGED);
    },
  },
  {
    step: 'PUT',
    title: 'A PUT replaces the user',
    expected: '200, and the new value when it is read.',
    needs: ['CREATE'],
    skip: ({ idpKind }) => (idpKind === 'ENTRA' ? 'Microsoft Entra ID sends no PUT.' : null),
    async run(state) {
      const { http, root, target, userId } = state;
      const body = requests.replacedUser(target);
      expectStatus(200, await http.send({ method: 'PUT', path: `${BASE}/Users/${userId}`, body }), root);
      const attribute = requests.changeableOf(target);
      return attribute === null ? '200' : reread(state, attribute, requests.REPLACED);
    },
  },
  {
    step: 'ROLE',
    title: 'The role attribute arrives',
    expected: '200 or 204, and the role when the user is read.',
    needs: ['CREATE'],
    skip: ({ profile, roleValue }) => {
      if (profile.roleAttribute === null || profile.roleSource === 'TEAMS')
        return 'Roles come from groups in this directory.';
      return roleValue === null ? 'No value of the role attribute grants a role.' : null;
    },
    async run(state) {
      const { http, root, target, userId } = state;
      await patch(state, 'Users', userId, requests.patchOfRole(target));
      const user = expectStatus(200, await http.send({ path: `${BASE}/Users/${userId}` }), root);
      if (
        !JSON.stringify(requests.roleIn(target, user) ?? null).includes(JSON.stringify(target.roleValue).slice(1, -1))
      )
        throw new ProbeFailure(
          `The attribute ${target.profile.roleAttribute} does not hold ${JSON.stringify(target.roleValue)}.`,
          'Let the profile of the directory map its role attribute: add it to attributes.',
          200,
        );
      return `${target.profile.roleAttribute}: ${JSON.stringify(target.roleValue)}`;
    },
  },
  {
    step: 'GROUP',
    title: 'A group is pushed',
    expected: '201 and a Location under the public address.',
    needs: ['RIGHT_CREDENTIAL'],
    async run(state) {
      const { http, root, target } = state;
      const answer = await http.send({ method: 'POST', path: `${BASE}/Groups`, body: requests.newGroup(target) });
      state.groupId = createdId(answer, root, 'Groups');
      return described(answer);
    },
  },
  {
    step: 'MEMBER_ADD',
    title: 'A member joins the group',
    expected: '200 or 204, and the member when the group is read.',
    needs: ['CREATE', 'GROUP'],
    run: (state) => changeMembers(state, requests.addMember(state.target, state.userId!), true),
  },
  {
    step: 'MEMBER_REMOVE',
    title: 'A member leaves the group',
    expected: '200 or 204, and no member when the group is read.',
    needs: ['MEMBER_ADD'],
    run: (state) => changeMembers(state, requests.removeMember(state.target, state.userId!), false),
  },
  {
    step: 'DEACTIVATE',
    title: 'The user is deactivated',
    expected: '200 or 204; the user is still found, and not active.',
    needs: ['CREATE'],
    run: (state) => setActive(state, false),
  },
  {
    step: 'REACTIVATE',
    title: 'The user is activated again',
    expected: '200 or 204; the user is active.',
    needs: ['DEACTIVATE'],
    run: (state) => setActive(state, true),
  },
  {
    step: 'CLEAN_UP',
    title: 'User and group are deleted',
    expected: '204, and 404 afterwards.',
    needs: ['CREATE'],
    async run({ http, root, userId, groupId }) {
      const made = [`Users/${userId}`, ...(groupId === null ? [] : [`Groups/${groupId}`])];
      for (const path of made) expectStatus(204, await http.send({ method: 'DELETE', path: `${BASE}/${path}` }), root);
      for (const path of made) expectStatus(404, await http.send({ path: `${BASE}/${path}` }), root);
      return 'Both are gone.';
    },
  },
];

const OTHER_401 =
  'Something in front of Rollcall wants a credential of its own: let requests to /scim/v2/ through to Rollcall, which asks for one itself.';

async function patch(
  { http, root }: StepState,
  type: 'Users' | 'Groups',
  id: string | null,
  body: object,
): Promise<void> {
  const answer = await http.send({ method: 'PATCH', path: `${BASE}/${type}/${id}`, body });
  if (answer.status !== 200 && answer.status !== 204) throw unexpected(answer, root);
}

async function reread({ http, root, userId }: StepState, attribute: string, value: string): Promise<string> {
  const user = expectStatus(200, await http.send({ path: `${BASE}/Users/${userId}` }), root);
  if (user[attribute] !== value)
    throw new ProbeFailure(
      `${attribute} is ${JSON.stringify(user[attribute] ?? null)}.`,
      'The change did not arrive: look for a proxy that changes bodies, or answers from a cache.',
      200,
    );
  return `${attribute} is ${JSON.stringify(value)}.`;
}

async function changeMembers(state: StepState, body: object, isMember: boolean): Promise<string> {
  const { http, root, groupId, userId } = state;
  await patch(state, 'Groups', groupId, body);
  const { members } = expectStatus(200, await http.send({ path: `${BASE}/Groups/${groupId}` }), root);
  const ids = Array.isArray(members) ? members.map((member: unknown) => (isObject(member) ? member.value : null)) : [];
  const got = ids.length === 1 ? 'One member.' : `${ids.length || 'No'} members.`;
  if (ids.includes(userId) === isMember) return got;
  throw new ProbeFailure(
    got,
    'The change did not arrive: look for a proxy that changes bodies, or answers from a cache.',
    200,
  );
}

async function setActive(state: StepState, active: boolean): Promise<string> {
  const { http, root, target, userId } = state;
  await patch(state, 'Users', userId, requests.patchOfActive(target, active));
  const found = resourcesOf(
    await http.send({ path: BASE + requests.lookUp('Users', 'userName', requests.userNameOf(target)) }),
    root,
  );
  const user = found.find(({ id }) => id === userId);
  if (user?.active === active) return `The user is found, active is ${active}.`;
  throw new ProbeFailure(
    user ? `active is ${JSON.stringify(user.active ?? null)}.` : 'The user is not found.',
    'Let the profile of the directory map active: add it to attributes.',
    200,
  );
}

/** @throws ProbeFailure */
function expectStatus(status: number, answer: ProbeAnswer, root: string): Record<string, unknown> {
  if (answer.status !== status || (status !== 204 && !answer.body)) throw unexpected(answer, root);
  return answer.body ?? {};
}

/** @throws ProbeFailure */
function totalOf(answer: ProbeAnswer, root: string): number {
  const { totalResults } = expectStatus(200, answer, root);
  if (typeof totalResults === 'number') return totalResults;
  throw new ProbeFailure('No list.', `Something else than Rollcall answers at ${root}${BASE}.`, answer.status);
}

/** @throws ProbeFailure */
function resourcesOf(answer: ProbeAnswer, root: string): Record<string, unknown>[] {
  totalOf(answer, root);
  const { Resources } = answer.body ?? {};
  return Array.isArray(Resources) ? Resources.filter(isObject) : [];
}

/** @throws ProbeFailure */
function createdId(answer: ProbeAnswer, root: string, type: 'Users' | 'Groups'): string {
  const { id } = expectStatus(201, answer, root);
  const location = answer.headers.get('location');
  if (typeof id !== 'string' || !/^[\w-]{1,64}$/.test(id))
    throw new ProbeFailure('It has no id.', `Something else than Rollcall answers at ${root}${BASE}.`, 201);
  if (location !== `${root}${BASE}/${type}/${id}`)
    throw new ProbeFailure(`Location: ${location?.slice(0, 200) ?? 'none'}`, ADDRESS_DIFFERS, 201);
  return id;
}

function isError({ body }: ProbeAnswer): boolean {
  return Array.isArray(body?.schemas) && body.schemas.includes(requests.ERROR);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
