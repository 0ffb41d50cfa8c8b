import type { TeamService } from '#core-api/domain/team/team-service.js';
import type { UserService } from '#core-api/domain/user/user-service.js';
import type { UserFields } from '#core-api/domain/user/user-types.js';

/** Every attribute, with what is hard to write down: formulas, quotes, line ends, places of the same type. */
export const A_FULL_USER: UserFields = {
  userName: '=ann@example.com',
  externalId: "'-007",
  active: false,
  name: {
    formatted: 'Dr. Ann "A" Lee',
    familyName: 'Lee',
    givenName: 'Ann',
    middleName: 'M',
    honorificPrefix: 'Dr.',
    honorificSuffix: 'II',
  },
  displayName: 'Ann;, Lee',
  nickName: "''+A",
  profileUrl: 'https://example.com/ann',
  title: 'two\r\nlines',
  userType: 'Employee',
  preferredLanguage: 'de-CH',
  locale: 'de',
  timezone: 'Europe/Zurich',
  emails: [
    { value: 'ann@example.com', type: 'Work', primary: true, display: 'Ann' },
    { value: 'ann2@example.com', type: 'work', primary: false },
    { value: 'ann@home.example' },
    { value: 'x@example.com', type: 'a.b#c* %d' },
  ],
  phoneNumbers: [{ value: '+41 44', type: 'mobile', ref: 'tel:+4144' }],
  ims: [{ value: 'ann', type: 'xmpp' }],
  photos: [{ value: 'https://example.com/a.png', type: 'photo' }],
  addresses: [{ streetAddress: 'Lane 1\nFloor 2', locality: 'Zürich', country: 'CH', type: 'work', primary: true }],
  entitlements: [{ value: 'vpn' }],
  roleValues: [{ value: 'qa', primary: true }],
  x509Certificates: [{ value: 'MIIB' }],
  enterprise: {
    employeeNumber: '-1',
    costCenter: '42',
    organization: 'O',
    division: 'D',
    department: 'R&D',
    manager: { value: 'boss', ref: '../Users/boss', displayName: 'Boss' },
  },
  extensions: [
    {
      urn: 'urn:example:1.0:User',
      values: { badge: '0042', level: 7, remote: true, word: 'plain', list: ['a', 'b'], 'odd:name%': { x: [1] } },
    },
  ],
};

/** Everything of a company's people that is not an id, a time or a version. */
export async function peopleOf(from: { users: UserService; teams: TeamService }) {
  const { nodes: users } = await from.users.list({ orderBy: { field: 'USER_NAME' } }, { teams: true });
  const { nodes: teams } = await from.teams.list({ orderBy: { field: 'DISPLAY_NAME' } });
  return {
    users: users.map(({ companyId: _, id, version, createdAt, updatedAt, teams: of, ...user }) => ({
      ...user,
      teams: of!.map(({ displayName }) => displayName),
    })),
    teams: teams.map(({ displayName, externalId }) => ({ displayName, externalId })),
  };
}
