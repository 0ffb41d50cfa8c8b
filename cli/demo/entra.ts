import { createHash, randomUUID } from 'node:crypto';
import type { IdentityProvider } from './simulator.js';
import { CORE_GROUP, CORE_USER, ENTERPRISE_USER, PATCH_OP } from './urns.js';

const ADSCIM_GROUP = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';
const MEMBERS_A_PATCH = 100;

/** Microsoft Entra ID without the aadOptscim062020 flag: capital operations, booleans as text, managers as bare strings, never a PUT. */
export const entra: IdentityProvider = {
  name: 'Microsoft Entra ID',
  headers: { read: {}, write: { 'content-type': 'application/scim+json; charset=utf-8' } },

  async testConnection(scim) {
    await scim.find(lookUpUser('userName', randomUUID()));
    await scim.find(lookUpGroup('displayName', randomUUID()));
  },

  async assign(scim, person) {
    const found = await scim.find(lookUpUser('userName', person.userName));
    if (found) {
      await scim.patch(
        `/Users/${found.id}`,
        patchOf(
          { op: 'Add', path: 'displayName', value: person.displayName },
          { op: 'Add', path: 'title', value: person.title },
          { op: 'Replace', path: 'active', value: 'True' },
        ),
      );
      return found;
    }
    return scim.post('/Users', {
      schemas: [CORE_USER, ENTERPRISE_USER],
      externalId: person.userName.replace(/@.*/, ''),
      userName: person.userName,
      active: true,
      displayName: person.displayName,
      title: person.title,
      emails: [{ primary: true, type: 'work', value: person.userName }],
      name: { formatted: person.displayName, givenName: person.givenName, familyName: person.familyName },
      meta: { resourceType: 'User' },
      roles: [],
      [ENTERPRISE_USER]: { employeeNumber: person.employeeNumber, department: person.department },
    });
  },

  async push(scim, team, members) {
    const group =
      (await scim.find(lookUpGroup('displayName', team))) ??
      (await scim.post('/Groups', {
        schemas: [CORE_GROUP, ADSCIM_GROUP],
        externalId: objectIdOf(team),
        displayName: team,
        meta: { resourceType: 'Group' },
      }));
    await scim.get(`/Groups/${group.id}?excludedAttributes=members`);
    for (let begin = 0; begin < members.length; begin += MEMBERS_A_PATCH) {
      const value = members.slice(begin, begin + MEMBERS_A_PATCH).map(({ id }) => ({ $ref: null, value: id }));
      await scim.patch(`/Groups/${group.id}`, patchOf({ op: 'Add', path: 'members', value }));
    }
    return group;
  },

  async update(scim, { id, person }, lead) {
    await scim.find(lookUpUser('userName', person.userName));
    const operations: object[] = [
      { op: 'Replace', path: 'title', value: person.title },
      { op: 'Add', path: 'addresses[type eq "work"].locality', value: person.locality },
      { op: 'Add', path: 'phoneNumbers[type eq "work"].value', value: person.phone },
      { op: 'Add', path: `${ENTERPRISE_USER}:department`, value: person.department },
    ];
    if (lead) operations.push({ op: 'Add', path: `${ENTERPRISE_USER}:manager`, value: lead.id });
    await scim.patch(`/Users/${id}`, patchOf(...operations));
  },

  async leave(scim, { id }, teamIds) {
    for (const teamId of teamIds) {
      const value = [{ $ref: null, value: id }];
      await scim.patch(`/Groups/${teamId}`, patchOf({ op: 'Remove', path: 'members', value }));
    }
    await scim.patch(`/Users/${id}`, patchOf({ op: 'Replace', path: 'active', value: 'False' }));
  },
};

/** Form encoding, with spaces as plus signs. */
function lookUpUser(attribute: string, value: string): string {
  return `/Users?${new URLSearchParams({ filter: `${attribute} eq "${value}"` })}`;
}

function lookUpGroup(attribute: string, value: string): string {
  return `/Groups?${new URLSearchParams({ excludedAttributes: 'members', filter: `${attribute} eq "${value}"` })}`;
}

/** The same for a team at every run, in the form of a GUID. */
function objectIdOf(team: string): string {
  const hex = createHash('sha256').update(team).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
}

function patchOf(...Operations: object[]) {
  return { schemas: [PATCH_OP], Operations };
}
