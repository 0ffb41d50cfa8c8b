import { describe, expect, it } from 'vitest';
import { aProvider, ENTERPRISE, NOBODY, replace } from './provider.js';

describe('users', () => {
  const at = aProvider();
  const keeps = async (traits: object) => {
    const user = await at.aUser(traits);
    expect(user).toMatchObject(traits);
    expect(await at.now(user)).toEqual(user);
  };

  it('RFC 7643 §4.1.1: userName is kept as it was sent', () => keeps({ userName: `ANA+${at.name()}@Example.com` }));

  it('RFC 7643 §4.1.1: userName can be changed', async () => {
    const [{ id }, userName] = [await at.aUser(), at.name()];

    expect((await at.scim.patch(`/Users/${id}`, [replace('userName', userName)])).body.userName).toBe(userName);
  });

  it('RFC 7643 §4.1.1: name has six parts', () =>
    keeps({
      name: {
        formatted: 'Dr. Ana P. Ruiz III',
        familyName: 'Ruiz',
        givenName: 'Ana',
        middleName: 'P.',
        honorificPrefix: 'Dr.',
        honorificSuffix: 'III',
      },
    }));

  it('RFC 7643 §4.1.1: displayName is kept', () => keeps({ displayName: 'Ana Ruiz' }));
  it('RFC 7643 §4.1.1: nickName is kept', () => keeps({ nickName: 'An' }));
  it('RFC 7643 §4.1.1: profileUrl is kept', () => keeps({ profileUrl: 'https://example.com/ana' }));
  it('RFC 7643 §4.1.1: title is kept', () => keeps({ title: 'Head of Sales' }));
  it('RFC 7643 §4.1.1: userType is kept', () => keeps({ userType: 'Contractor' }));
  it('RFC 7643 §4.1.1: preferredLanguage is kept', () => keeps({ preferredLanguage: 'de-CH, en;q=0.8' }));
  it('RFC 7643 §4.1.1: locale is kept', () => keeps({ locale: 'de-CH' }));
  it('RFC 7643 §4.1.1: timezone is kept', () => keeps({ timezone: 'Europe/Zurich' }));

  it('RFC 7643 §4.1.1: active says whether the user may be used', () => keeps({ active: false }));

  it('RFC 7643 §4.1.1: a user is active unless something else is said', async () => {
    expect((await at.aUser()).active).toBe(true);
  });

  it('RFC 7643 §4.1.1: an inactive user is still there', async () => {
    const { id } = await at.aUser();
    await at.scim.patch(`/Users/${id}`, [replace('active', false)]);

    expect(await at.find('/Users', `id eq "${id}" and active eq false`)).toEqual([id]);
  });

  it('RFC 7643 §4.1.1: password is taken and never answered', async () => {
    const user = await at.aUser({ password: 't1meMa$heen' });

    expect(JSON.stringify([user, await at.now(user)])).not.toContain('t1meMa$heen');
  });

  it('RFC 7643 §4.1.2: emails are kept with type, display and primary', () =>
    keeps({
      emails: [
        { value: 'ana@work.example', type: 'work', display: 'Work', primary: true },
        { value: 'ana@home.example', type: 'home', primary: false },
      ],
    }));

  it('RFC 7643 §4.1.2: phoneNumbers are kept as they were sent', () =>
    keeps({
      phoneNumbers: [
        { value: 'tel:+1-201-555-0123;ext=4', type: 'work' },
        { value: '031 / 55', type: 'fax' },
      ],
    }));

  it('RFC 7643 §4.1.2: ims are kept', () => keeps({ ims: [{ value: 'someaimhandle', type: 'aim' }] }));

  it('RFC 7643 §4.1.2: photos are kept', () =>
    keeps({ photos: [{ value: 'https://example.com/a.png', type: 'photo', primary: true }] }));

  it('RFC 7643 §4.1.2: addresses have seven parts and primary', () =>
    keeps({
      addresses: [
        {
          formatted: '100 Universal City Plaza\nHollywood, CA 91608 USA',
          streetAddress: '100 Universal City Plaza',
          locality: 'Hollywood',
          region: 'CA',
          postalCode: '91608',
          country: 'US',
          type: 'work',
          primary: true,
        },
        { locality: 'Bern', type: 'home' },
      ],
    }));

  it('RFC 7643 §4.1.2: entitlements are kept', () => keeps({ entitlements: [{ value: 'vpn', display: 'VPN' }] }));

  it('RFC 7643 §4.1.2: roles are kept', () => keeps({ roles: [{ value: 'manager' }] }));

  it('RFC 7643 §4.1.2: x509Certificates are kept', () => keeps({ x509Certificates: [{ value: 'TUlJRFF6Q0NB' }] }));

  it('RFC 7643 §4.1.2: groups names the groups that the user is a member of', async () => {
    const user = await at.aUser();
    const group = await at.aGroup({ members: [{ value: user.id }] });

    expect((await at.now(user)).groups).toEqual([
      expect.objectContaining({ value: group.id, $ref: group.meta.location, display: group.displayName }),
    ]);
  });

  it('RFC 7643 §4.1.2: a membership of one’s own has the type direct', async () => {
    const user = await at.aUser();
    await at.aGroup({ members: [{ value: user.id }] });

    expect((await at.now(user)).groups).toMatchObject([{ type: 'direct' }]);
  });

  it('RFC 7643 §4.1.2: groups are changed by groups, and by nothing sent with the user', async () => {
    const user = await at.aUser();
    const group = await at.aGroup();

    await at.scim.put(`/Users/${user.id}`, { userName: user.userName, groups: [{ value: group.id }] });

    expect(await at.now(group)).toEqual(group);
  });

  it('RFC 7643 §4.1.2: groups show a change of members at once', async () => {
    const user = await at.aUser();
    const group = await at.aGroup({ members: [{ value: user.id }] });

    await at.scim.patch(`/Groups/${group.id}`, [{ op: 'remove', path: `members[value eq "${user.id}"]` }]);

    expect(await at.now(user)).not.toHaveProperty('groups');
  });

  it('RFC 7643 §4.1.2: groups show the new name of a group', async () => {
    const user = await at.aUser();
    const { id } = await at.aGroup({ members: [{ value: user.id }] });
    const displayName = at.name();

    await at.scim.patch(`/Groups/${id}`, [replace('displayName', displayName)]);

    expect((await at.now(user)).groups).toMatchObject([{ display: displayName }]);
  });

  it('RFC 7643 §4.3: employeeNumber is kept', () => keeps({ [ENTERPRISE]: { employeeNumber: '007' } }));
  it('RFC 7643 §4.3: costCenter is kept', () => keeps({ [ENTERPRISE]: { costCenter: '4130' } }));
  it('RFC 7643 §4.3: organization is kept', () => keeps({ [ENTERPRISE]: { organization: 'Universal' } }));
  it('RFC 7643 §4.3: division is kept', () => keeps({ [ENTERPRISE]: { division: 'Theme Park' } }));
  it('RFC 7643 §4.3: department is kept', () => keeps({ [ENTERPRISE]: { department: 'Tours' } }));

  it('RFC 7643 §4.3: manager is the id of another user', async () => {
    const { id } = await at.aUser();

    await keeps({ [ENTERPRISE]: { manager: { value: id } } });
  });

  it('RFC 7643 §4.3: a manager may be somebody who is not there', () =>
    keeps({ [ENTERPRISE]: { manager: { value: NOBODY } } }));

  it('RFC 7643 §4.3: users are found by their manager', async () => {
    const { id: manager } = await at.aUser();
    const { id } = await at.aUser({ [ENTERPRISE]: { manager: { value: manager } } });

    expect(await at.find('/Users', `${ENTERPRISE}:manager.value eq "${manager}"`)).toEqual([id]);
  });

  it('RFC 7643 §4.3: schemas names the enterprise extension when it has values', async () => {
    expect((await at.aUser({ [ENTERPRISE]: { costCenter: '1' } })).schemas).toContain(ENTERPRISE);
    expect((await at.aUser()).schemas).not.toContain(ENTERPRISE);
  });

  it('RFC 7643 §4.3: a replace of one attribute keeps the others of the extension', async () => {
    const { id } = await at.aUser({ [ENTERPRISE]: { costCenter: '1', division: 'North' } });

    const { body } = await at.scim.patch(`/Users/${id}`, [replace(`${ENTERPRISE}:costCenter`, '2')]);

    expect(body[ENTERPRISE]).toEqual({ costCenter: '2', division: 'North' });
  });
});
