import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scimClient } from '#test/support/clients.js';
import { startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { GARDEN, keepGarden } from './scim-garden.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';

const rich = {
  userName: 'Ana.Ruiz@Acme.Example',
  externalId: 'Ext-1',
  name: {
    formatted: 'Dr. Ana Pilar Ruiz III',
    familyName: 'Ruiz',
    givenName: 'Ana',
    middleName: 'Pilar',
    honorificPrefix: 'Dr.',
    honorificSuffix: 'III',
  },
  displayName: 'Ana Ruiz',
  nickName: 'Anita',
  profileUrl: 'https://people.example/ana',
  title: 'Head of 100% "Sales_EU" \\ Möbel',
  userType: 'Employee',
  preferredLanguage: 'de-CH, en',
  locale: 'de-CH',
  timezone: 'Europe/Zurich',
  active: true,
  emails: [
    { value: 'ana@work.example', type: 'work', primary: true },
    { value: 'Ana@Home.example', type: 'home', display: 'private' },
  ],
  phoneNumbers: [{ value: '+41 31 000 00 00', type: 'mobile' }],
  ims: [{ value: 'ana.im', type: 'xmpp' }],
  photos: [{ value: 'https://pics.example/A.png', type: 'photo' }],
  addresses: [
    { type: 'work', locality: 'Bern', country: 'CH', postalCode: '3000', primary: true },
    { type: 'home', locality: 'Thun', country: 'CH', formatted: 'Weg 1\nThun' },
  ],
  entitlements: [{ value: 'printer' }],
  roles: [{ value: 'manager', display: 'Manager' }],
  x509Certificates: [{ value: 'TUlJQjA=' }],
  [ENTERPRISE]: {
    employeeNumber: '0118',
    costCenter: 'CC:7.1',
    organization: 'Acme',
    division: 'EU',
    department: 'Sales',
  },
  [GARDEN]: {
    plot: 'North',
    beds: 12,
    yield: 2.5,
    tidy: true,
    sown: '2026-04-01T08:00:00Z',
    plants: ['Leek', 'Kale'],
    shed: { colour: 'Red', key: 'k1' },
    tools: [
      { colour: 'blue', key: 'spade' },
      { colour: 'green', key: 'rake' },
    ],
  },
};

describe('filters', () => {
  let rollcall: TestRollcall;
  let scim: ReturnType<typeof scimClient>;
  const ids: Record<string, string> = {};
  const metas: Record<string, Record<string, string>> = {};
  beforeAll(async () => {
    rollcall = await startRollcall({ mode: 'one-process' });
    const company = await rollcall.newCompany();
    scim = scimClient(company);
    await keepGarden(company);
    const make = async (key: string, user: object) => {
      const answer = await scim.post('/Users', user);
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      ids[key] = answer.body.id;
      metas[key] = answer.body.meta;
    };
    await make('rich', rich);
    await make('bare', { userName: 'bare' });
    await make('idle', {
      userName: 'idle',
      active: false,
      emails: [{ value: 'idle@home.example', type: 'home' }],
      title: 'b',
      [ENTERPRISE]: { manager: { value: ids.rich, displayName: 'Ana' } },
    });
    await scim.post('/Groups', {
      displayName: 'Ops',
      externalId: 'G-1',
      members: [{ value: ids.rich }, { value: ids.idle }],
    });
    await scim.post('/Groups', { displayName: 'Empty' });
  });
  afterAll(() => rollcall.stop());

  const find = async (kind: string, filter: string) => {
    const text = filter.replace(/<(\w+)(?:\.(\w+))?>/g, (_, key, meta) => (meta ? metas[key]?.[meta] : ids[key]) ?? '');
    const { status, body } = await scim.get(`/${kind}?filter=${encodeURIComponent(text)}`);
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.totalResults).toBe(body.Resources.length);
    return body.Resources;
  };

  const named = (users: { id: string }[]) =>
    users
      .map(({ id }) => Object.keys(ids).find((key) => ids[key] === id) ?? 'other')
      .sort()
      .join(' ');

  it.each([
    // Strings: without case, but for what is case-exact.
    ['userName eq "ana.ruiz@acme.example"', 'rich'],
    ['USERNAME EQ "ana.ruiz@acme.example"', 'rich'],
    ['userName sw "ANA." and userName ew "EXAMPLE"', 'rich'],
    ['userName co "ruiz@"', 'rich'],
    ['userName ne "bare"', 'idle rich'],
    ['not (userName eq "bare")', 'idle rich'],
    ['not(userName eq "bare" or userName eq "idle")', 'rich'],
    ['userName gt "b"', 'bare idle'],
    ['userName lt "b"', 'rich'],
    ['userName ge "bare" and userName le "bare"', 'bare'],
    ['externalId eq "Ext-1"', 'rich'],
    ['externalId eq "ext-1"', ''],
    ['externalId sw "Ext"', 'rich'],
    ['externalId pr', 'rich'],
    ['not (externalId pr)', 'bare idle'],
    ['externalId eq null', 'bare idle'],
    ['externalId ne null', 'rich'],
    ['id eq "<bare>"', 'bare'],
    ['id eq <bare>', 'bare'],
    ['id eq "no-uuid"', ''],
    ['id ne "<bare>"', 'idle rich'],
    ['id pr', 'bare idle rich'],
    ['displayName eq "ANA RUIZ"', 'rich'],
    ['displayName pr', 'rich'],
    ['displayName ne "Ana Ruiz"', 'bare idle'],
    ['nickName co "NIT"', 'rich'],
    ['profileUrl eq "https://people.example/ana"', 'rich'],
    ['title co "100%"', 'rich'],
    ['title co "Sales_EU"', 'rich'],
    ['title co "Sales%EU"', ''],
    ['title co "\\"Sales"', 'rich'],
    ['title co "\\\\"', 'rich'],
    ['title ew "MÖBEL"', 'rich'],
    ['title eq "Head of 100% \\"Sales_EU\\" \\\\ M\\u00f6bel"', 'rich'],
    ['title gt "a" and title lt "c"', 'idle'],
    ['userType eq "employee"', 'rich'],
    ['preferredLanguage sw "de"', 'rich'],
    ['locale eq "DE-ch"', 'rich'],
    ['timezone eq "Europe/Zurich"', 'rich'],
    // Booleans.
    ['active eq true', 'bare rich'],
    ['active eq false', 'idle'],
    ['active eq "False"', 'idle'],
    ['active ne true', 'idle'],
    ['active pr', 'bare idle rich'],
    // Complex.
    ['name.familyName eq "ruiz"', 'rich'],
    ['name.formatted co "pilar"', 'rich'],
    ['name.honorificPrefix pr', 'rich'],
    ['name.middleName eq "PILAR"', 'rich'],
    ['name.honorificSuffix sw "ii"', 'rich'],
    ['name pr', 'rich'],
    ['not (name pr)', 'bare idle'],
    ['name[givenName eq "ana" and familyName eq "ruiz"]', 'rich'],
    // Lists.
    ['emails pr', 'idle rich'],
    ['not (emails pr)', 'bare'],
    ['emails eq "ana@home.example"', 'rich'],
    ['emails.value eq "ANA@work.example"', 'rich'],
    ['emails.value ew "home.example"', 'idle rich'],
    ['emails.type eq "home"', 'idle rich'],
    ['emails.primary eq true', 'rich'],
    ['emails[primary eq "True"].value co "work"', 'rich'],
    ['emails.display pr', 'rich'],
    ['emails[type eq "work" and value co "home"]', ''],
    ['emails[type eq "home" and value co "home"]', 'idle rich'],
    ['emails[type eq "home"].value sw "idle"', 'idle'],
    ['emails[not (type eq "home")]', 'rich'],
    ['emails[type eq "work" or value sw "idle"]', 'idle rich'],
    ['emails[type pr]', 'idle rich'],
    ['emails.type eq "work" and emails.value eq "idle@home.example"', ''],
    ['phoneNumbers[type eq "mobile"].value sw "+41"', 'rich'],
    ['phoneNumbers eq "+41 31 000 00 00"', 'rich'],
    ['ims.value eq "ana.im"', 'rich'],
    ['photos.type eq "photo"', 'rich'],
    ['photos.value eq "https://pics.example/A.png"', 'rich'],
    ['addresses[type eq "work"].locality eq "bern"', 'rich'],
    ['addresses[type eq "home" and locality eq "Bern"]', ''],
    ['addresses.country eq "ch"', 'rich'],
    ['addresses.formatted co "Weg 1\\nThun"', 'rich'],
    ['addresses.primary eq true', 'rich'],
    ['addresses pr', 'rich'],
    ['entitlements eq "printer"', 'rich'],
    ['roles eq "manager"', 'rich'],
    ['roles.value eq "MANAGER"', 'rich'],
    ['roles.display eq "Manager"', 'rich'],
    ['x509Certificates.value eq "TUlJQjA="', 'rich'],
    ['x509Certificates.value eq "tulJQjA="', ''],
    ['x509Certificates pr', 'rich'],
    // The enterprise extension.
    [`${ENTERPRISE}:department eq "sales"`, 'rich'],
    [`${ENTERPRISE}:employeeNumber eq "0118"`, 'rich'],
    [`${ENTERPRISE}:employeeNumber eq 118`, ''],
    ['employeeNumber eq "0118"', 'rich'],
    [`${ENTERPRISE.toLowerCase()}:COSTCENTER eq "cc:7.1"`, 'rich'],
    [`${ENTERPRISE}:manager.value eq "<rich>"`, 'idle'],
    [`${ENTERPRISE}:manager.displayName eq "ana"`, 'idle'],
    ['manager eq "<rich>"', 'idle'],
    [`${ENTERPRISE}:manager pr`, 'idle'],
    [`id eq <idle> and manager eq <rich>`, 'idle'],
    [`${ENTERPRISE}:organization pr and ${ENTERPRISE}:division eq "eu"`, 'rich'],
    [`${CORE}:userName eq "bare"`, 'bare'],
    [`${CORE}:emails[type eq "work"].value sw "ana"`, 'rich'],
    [`${CORE}:name.familyName eq "Ruiz"`, 'rich'],
    [`schemas eq "${ENTERPRISE}"`, 'idle rich'],
    [`schemas eq "${CORE}"`, 'bare idle rich'],
    [`schemas eq "${GARDEN}"`, 'rich'],
    ['schemas eq "urn:example:nobody"', ''],
    // An extension of the company's own, of every type.
    [`${GARDEN}:plot eq "north"`, 'rich'],
    [`${GARDEN}:plot pr`, 'rich'],
    [`not (${GARDEN}:plot pr)`, 'bare idle'],
    [`${GARDEN}:plot ne "north"`, 'bare idle'],
    ['plot sw "No"', 'rich'],
    [`${GARDEN}:beds eq 12`, 'rich'],
    [`${GARDEN}:beds gt 9`, 'rich'],
    [`${GARDEN}:beds lt 9`, ''],
    [`${GARDEN}:yield ge 2.5`, 'rich'],
    [`${GARDEN}:tidy eq true`, 'rich'],
    [`${GARDEN}:tidy eq "TRUE"`, 'rich'],
    [`${GARDEN}:sown eq "2026-04-01T10:00:00+02:00"`, 'rich'],
    [`${GARDEN}:sown gt "2026-03-31T23:59:59Z"`, 'rich'],
    [`${GARDEN}:sown lt "2026-03-31T23:59:59Z"`, ''],
    [`${GARDEN}:plants eq "kale"`, 'rich'],
    [`${GARDEN}:plants[value eq "leek"]`, 'rich'],
    [`${GARDEN}:plants co "ee"`, 'rich'],
    [`${GARDEN}:plants pr`, 'rich'],
    [`${GARDEN}:shed.colour eq "red"`, 'rich'],
    [`${GARDEN}:shed[colour eq "red" and key eq "k1"]`, 'rich'],
    [`${GARDEN}:tools[key eq "rake"]`, 'rich'],
    [`${GARDEN}:tools.colour eq "blue"`, 'rich'],
    // Groups, and meta.
    ['groups.display eq "ops"', 'idle rich'],
    ['groups[display eq "Ops" and type eq "direct"]', 'idle rich'],
    ['groups pr', 'idle rich'],
    ['not (groups pr)', 'bare'],
    ['meta.resourceType eq "User"', 'bare idle rich'],
    ['meta.created ge "<rich.created>"', 'bare idle rich'],
    ['meta.created eq "<rich.created>"', 'rich'],
    ['meta.lastModified gt "<idle.lastModified>"', ''],
    ['meta.lastModified ge "<idle.lastModified>"', 'idle'],
    ['meta.lastModified lt "<bare.lastModified>"', 'rich'],
    ['meta.lastModified le "<rich.lastModified>"', 'rich'],
    ['meta.lastModified gt "2020-01-01T00:00:00"', 'bare idle rich'],
    ['meta.version eq "W/\\"1\\""', 'bare idle rich'],
    // Combinations: and before or.
    ['userName eq "bare" or userName eq "idle" and active eq true', 'bare'],
    ['(userName eq "bare" or userName eq "idle") and active eq false', 'idle'],
    ['((userName eq "bare"))', 'bare'],
  ])('Users: %s finds "%s"', async (filter, expected) => {
    expect(named(await find('Users', filter))).toBe(expected);
  });

  it.each([
    ['displayName eq "OPS"', 'Ops'],
    ['DisplayName sw "e"', 'Empty'],
    ['displayName ne "Ops"', 'Empty'],
    ['externalId eq "G-1"', 'Ops'],
    ['externalId eq "g-1"', ''],
    ['externalId pr', 'Ops'],
    ['members eq "<rich>"', 'Ops'],
    ['members.value eq "<rich>"', 'Ops'],
    ['members[value eq "<idle>"]', 'Ops'],
    ['members[value eq "<bare>"]', ''],
    ['members.value ne "<rich>"', 'Empty'],
    ['members.display eq "ana ruiz"', 'Ops'],
    ['members.type eq "User"', 'Ops'],
    ['members pr', 'Ops'],
    ['not (members pr)', 'Empty'],
    ['meta.resourceType eq "Group"', 'Empty Ops'],
    ['meta.created gt "2020-01-01T00:00:00Z" and displayName co "p"', 'Empty Ops'],
    ['urn:ietf:params:scim:schemas:core:2.0:Group:displayName eq "ops"', 'Ops'],
  ])('Groups: %s finds "%s"', async (filter, expected) => {
    const groups = await find('Groups', filter);
    expect(
      groups
        .map(({ displayName }: { displayName: string }) => displayName)
        .sort()
        .join(' '),
    ).toBe(expected);
  });

  it('counts what matches, page by page in a stable order', async () => {
    const filter = encodeURIComponent('userName pr');
    const pages = [];
    for (const startIndex of [1, 2, 3, 4]) {
      const { body } = await scim.get(`/Users?filter=${filter}&startIndex=${startIndex}&count=1`);
      expect(body).toMatchObject({ totalResults: 3, startIndex, itemsPerPage: startIndex > 3 ? 0 : 1 });
      pages.push(...body.Resources.map(({ id }: { id: string }) => id));
    }
    expect(new Set(pages).size).toBe(3);
  });
});
