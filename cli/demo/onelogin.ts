import { randomUUID } from 'node:crypto';
import type { Person } from './people.js';
import type { IdentityProvider } from './simulator.js';
import { ENTERPRISE_USER, PATCH_OP } from './urns.js';

/** What admins paste into the body template, a mixture of old and older. */
const TEMPLATE_SCHEMAS = [
  'urn:scim:schemas:core:1.0',
  'urn:scim:schemas:core:2.0',
  'urn:scim:schemas:extension:enterprise:2.0',
];

/** OneLogin: users by PUT from a template that an admin typed, groups by PATCH, a stray `&` or `?` at the end of its addresses. */
export const onelogin: IdentityProvider = {
  name: 'OneLogin',
  headers: {
    read: { accept: 'application/json' },
    write: { accept: 'application/json', 'content-type': 'application/json' },
  },

  async testConnection(scim) {
    await scim.find(lookUp('/Users', 'userName', `probe-${randomUUID()}`));
  },

  async assign(scim, person) {
    const found = await scim.find(lookUp('/Users', 'userName', person.userName));
    if (!found) return scim.post('/Users', fromTemplate(person, true));
    await scim.put(`/Users/${found.id}?`, fromTemplate(person, true));
    return found;
  },

  async push(scim, team, members) {
    const group =
      (await scim.find(lookUp('/Groups', 'displayName', team))) ??
      (await scim.post('/Groups', { schemas: ['urn:scim:schemas:core:1.0'], displayName: team }));
    const value = members.map(({ id }) => ({ value: id }));
    await scim.patch(`/Groups/${group.id}`, patchOf({ op: 'add', path: 'members', value }));
    return group;
  },

  async update(scim, { id, person }) {
    await scim.get(`/Users/${id}`);
    await scim.put(`/Users/${id}?`, fromTemplate(person, true));
  },

  async leave(scim, { id, person }, teamIds) {
    for (const teamId of teamIds) {
      await scim.patch(`/Groups/${teamId}`, patchOf({ op: 'remove', path: `members[value eq "${id}"]` }));
    }
    // "Suspend", of the three things an admin can choose.
    await scim.put(`/Users/${id}?`, fromTemplate(person, false));
  },
};

/** What a person has no value for comes as an empty string. */
function fromTemplate(person: Person, active: boolean) {
  return {
    schemas: TEMPLATE_SCHEMAS,
    userName: person.userName,
    externalId: `1844${person.employeeNumber}`,
    name: { givenName: person.givenName, familyName: person.familyName, formatted: person.displayName },
    displayName: person.displayName,
    title: person.title,
    locale: '',
    active,
    emails: [{ value: person.userName, type: 'work', primary: true }],
    phoneNumbers: [{ value: person.index % 2 === 0 ? person.phone : '', type: 'work' }],
    [ENTERPRISE_USER]: { department: person.department, employeeNumber: person.employeeNumber },
  };
}

function lookUp(endpoint: string, attribute: string, value: string): string {
  return `${endpoint}?${new URLSearchParams({ filter: `${attribute} eq "${value}"` })}&`;
}

function patchOf(...Operations: object[]) {
  return { schemas: [PATCH_OP], Operations };
}
