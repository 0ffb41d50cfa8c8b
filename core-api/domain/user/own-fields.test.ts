import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DirectoryProfile } from '#schema/profile.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { UserService } from './user-service.js';
import type { UserFields } from './user-types.js';

let bed: CompanyBed;
let admin: UserService;
let count = 0;
beforeAll(async () => {
  bed = await CompanyBed.open();
  admin = new UserService(bed.db, bed.program());
});
afterAll(() => bed?.close());

const aDirectory = async (profile: Partial<DirectoryProfile>) => new UserService(bed.db, await bed.directory(profile));
const aUser = async (users: UserService, fields: Partial<UserFields> = {}) =>
  (await users.create({ userName: `own ${++count}`, ...fields })).user;

describe('what a directory maps', () => {
  it('is all that it writes: the rest is the company’s, also of a user that it adopts', async () => {
    const users = await aDirectory({ attributes: ['userName', 'name.givenName'], roleAttribute: 'userType' });
    const local = await aUser(admin, { title: 'T', emails: [{ value: 'a@x' }], name: { familyName: 'F' } });
    const sent = { title: 'U', emails: [], name: { givenName: 'G', familyName: 'H' }, active: true, externalId: 'x' };

    const { user } = await users.change(local.id, [
      { set: sent },
      { addValues: { attribute: 'ims', values: [{ value: 'i' }] } },
    ]);

    expect(user).toMatchObject({ title: 'T', givenName: 'G', familyName: 'F', externalId: 'x', ims: [] });
    expect(user.emails).toEqual(local.emails);
    const { user: same } = await users.change(local.id, [{ set: { title: 'U' } }]);
    expect(same.version).toBe(user.version);
    const { user: left } = await users.deactivate(local.id);
    expect(left).toMatchObject({ active: false, title: 'T' });
  });

  it('is all that it says of a user that it creates or gets back', async () => {
    const users = await aDirectory({ attributes: ['userName', 'title'] });
    const user = await aUser(users, { title: 'T', nickName: 'N', externalId: 'e' });
    expect(user).toMatchObject({ title: 'T', nickName: null, externalId: 'e' });
    await admin.update(user.id, { nickName: 'M' });
    await users.deactivate(user.id);

    const { user: back, outcome } = await users.create({ userName: user.userName, title: 'U', nickName: 'N' });

    expect(outcome).toBe('REVIVED');
    expect(back).toMatchObject({ id: user.id, title: 'U', nickName: 'M', active: true });
  });

  it('is what carries its roles, too', async () => {
    const users = await aDirectory({
      attributes: ['userName'],
      roleAttribute: 'role',
      aliases: { role: 'userType' },
      unknownRoles: 'IGNORE',
    });
    expect(await aUser(users, { userType: 'x', title: 'T' })).toMatchObject({ userType: 'x', title: null });
  });
});
