import { randomBytes } from 'node:crypto';
import type { Person } from './people.js';
import type { IdentityProvider, Resource, ScimCaller } from './simulator.js';
import { CORE_GROUP, CORE_USER, ENTERPRISE_USER, PATCH_OP } from './urns.js';

const HEADERS = { accept: 'application/scim+json', 'accept-charset': 'utf-8', 'user-agent': 'Okta SCIM Client 1.0.0' };

/** Okta as an application of its catalogue does it: profiles by PUT of what it has read, activity and groups by PATCH. */
export const okta: IdentityProvider = {
  name: 'Okta',
  headers: { read: HEADERS, write: { ...HEADERS, 'content-type': 'application/scim+json; charset=utf-8' } },

  async testConnection(scim) {
    await scim.find('/Users?startIndex=1&count=2');
    await scim.find('/Groups?startIndex=1&count=100');
  },

  async assign(scim, person) {
    const found = await scim.find(lookUp('/Users', 'userName', person.userName));
    if (found) {
      await putMerged(scim, found.id, person);
      return found;
    }
    // The random password comes although passwords are not synchronised.
    const password = randomBytes(9).toString('base64url');
    return scim.post('/Users', { schemas: [CORE_USER, ENTERPRISE_USER], ...profileOf(person), groups: [], password });
  },

  async push(scim, team, members) {
    const group =
      (await scim.find(lookUp('/Groups', 'displayName', team))) ??
      (await scim.post('/Groups', { schemas: [CORE_GROUP], displayName: team, members: [] }));
    const value = members.map(({ id, person }) => ({ value: id, display: person.userName }));
    await scim.patch(`/Groups/${group.id}`, patchOf({ op: 'add', path: 'members', value }));
    await scim.patch(`/Groups/${group.id}`, patchOf({ op: 'replace', value: { id: group.id, displayName: team } }));
    return group;
  },

  update: (scim, { id, person }) => putMerged(scim, id, person),

  async leave(scim, { id }, teamIds) {
    for (const teamId of teamIds) {
      await scim.patch(`/Groups/${teamId}`, patchOf({ op: 'remove', path: `members[value eq "${id}"]` }));
    }
    await scim.patch(`/Users/${id}`, patchOf({ op: 'replace', value: { active: false } }));
  },
};

/** What the server answered goes back with Okta's values over it, `id`, `meta` and `groups` included. */
async function putMerged(scim: ScimCaller, id: string, person: Person): Promise<void> {
  const stored: Resource = await scim.get(`/Users/${id}`);
  await scim.put(`/Users/${id}`, { ...stored, ...profileOf(person) });
}

function profileOf(person: Person) {
  return {
    externalId: `00u${person.employeeNumber}OKTA`,
    userName: person.userName,
    name: { givenName: person.givenName, familyName: person.familyName },
    emails: [{ primary: true, value: person.userName, type: 'work' }],
    displayName: person.displayName,
    title: person.title,
    locale: 'en-US',
    active: true,
    [ENTERPRISE_USER]: { employeeNumber: person.employeeNumber, department: person.department },
  };
}

function lookUp(endpoint: string, attribute: string, value: string): string {
  return `${endpoint}?filter=${encodeURIComponent(`${attribute} eq "${value}"`)}&startIndex=1&count=100`;
}

function patchOf(...Operations: object[]) {
  return { schemas: [PATCH_OP], Operations };
}
