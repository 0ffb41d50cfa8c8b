import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { newId } from '../new-id.js';
import { RecentUsers } from './recent-users.js';
import { UserService } from './user-service.js';
import type { UserRow } from './user-types.js';

describe('the users that were seen lately', () => {
  const aUser = (id: string, version = 1) => ({ id, version }) as UserRow;

  it('are known for a minute, as they were seen last', () => {
    let now = 0;
    const recent = new RecentUsers(() => now);
    recent.saw(aUser('a', 1));
    recent.saw(aUser('a', 2));
    expect(recent.find('a')).toMatchObject({ version: 2 });
    now = 60_000;
    expect(recent.find('a')).toBeNull();
  });

  it('are 5,000 at most: the oldest go', () => {
    const recent = new RecentUsers(() => 0);
    for (let i = 0; i <= 5_000; i++) recent.saw(aUser(String(i)));
    expect(recent.find('0')).toBeNull();
    expect(recent.find('1')).not.toBeNull();
    expect(recent.find('5000')).not.toBeNull();
  });

  it('are forgotten when they are found to be others by now', () => {
    const recent = new RecentUsers(() => 0);
    recent.saw(aUser('a'));
    recent.forget('a');
    expect(recent.find('a')).toBeNull();
  });
});

describe('a directory that changes a user it has just read', () => {
  let bed: CompanyBed;
  beforeAll(async () => {
    bed = await CompanyBed.open();
  });
  afterAll(() => bed?.close());

  const REPLACE = [{ set: { title: 'Boss' } }];

  async function readByItsDirectory() {
    const service = new UserService(bed.db, await bed.directory());
    const { user } = await service.create({ userName: `${newId()}@acme.example`, externalId: newId(), title: 'Clerk' });
    await service.get(user.id);
    return { service, id: user.id };
  }

  /** As another process would. */
  const meanwhile = (id: string, set: string) =>
    bed.owner.query(`update app_user set ${set}, version = version + 1 where company_id = $1 and id = $2`, [
      bed.companyId,
      id,
    ]);

  it('writes it with one statement', async () => {
    const { service, id } = await readByItsDirectory();
    const before = bed.statements.length;

    await service.change(id, REPLACE);

    expect(bed.statements.slice(before)).toHaveLength(1);
    expect(await service.get(id)).toMatchObject({ title: 'Boss', version: 2 });
  });

  it('loses nothing that another process wrote meanwhile, and logs the difference to it', async () => {
    const { service, id } = await readByItsDirectory();
    await meanwhile(id, `nick_name = 'Lea', title = 'Chief'`);

    await service.change(id, REPLACE);

    expect(await service.get(id)).toMatchObject({ nickName: 'Lea', title: 'Boss', version: 3 });
    expect((await bed.changesOf(id)).at(-1)).toMatchObject({
      kind: 'user.changed',
      before: { title: 'Chief' },
      after: { title: 'Boss' },
    });
  });

  it('changes back what another process changed, though to this one nothing seems to differ', async () => {
    const { service, id } = await readByItsDirectory();
    await meanwhile(id, 'active = false');

    await service.change(id, [{ set: { active: true } }]);

    expect(await service.get(id)).toMatchObject({ active: true, version: 3 });
    expect((await bed.changesOf(id)).at(-1)).toMatchObject({ kind: 'user.reactivated' });
  });

  it('is refused what is of another version by now, and not what it was of', async () => {
    const { service, id } = await readByItsDirectory();
    await meanwhile(id, `title = 'Chief'`);

    await expect(service.change(id, REPLACE, { expectedVersion: 1 })).rejects.toMatchObject({
      code: 'VERSION_MISMATCH',
    });
    await service.change(id, REPLACE, { expectedVersion: 2 });
    expect(await service.get(id)).toMatchObject({ title: 'Boss', version: 3 });
  });

  it('finds nobody where the user was deleted meanwhile', async () => {
    const { service, id } = await readByItsDirectory();
    await meanwhile(id, 'deleted_at = now()');

    await expect(service.change(id, REPLACE)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('does not reach the user that another directory read', async () => {
    const { id } = await readByItsDirectory();
    const other = new UserService(bed.db, await bed.directory());

    await expect(other.change(id, REPLACE)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const elsewhere = new UserService(bed.db, await bed.directory({}, await bed.anotherCompany()));
    await expect(elsewhere.change(id, REPLACE)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
