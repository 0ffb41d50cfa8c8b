import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { type Actor, systemActor } from '../actor.js';
import { newId } from '../new-id.js';
import { PERMISSIONS } from '../permissions.js';
import { ProjectService } from '../project/project-service.js';
import { RoleService } from '../role/role-service.js';
import { CompanyService } from './company-service.js';

let bed: CompanyBed;
let operator: Actor;
let asOperator: CompanyService;

beforeAll(async () => {
  bed = await CompanyBed.open();
  operator = { ...systemActor('', PERMISSIONS), kind: 'OPERATOR', id: newId(), source: 'API', companyId: null };
  asOperator = new CompanyService(bed.db, operator);
});
afterAll(() => bed?.close());

let named = 0;
const aCompany = (preset?: string) => asOperator.create({ name: `Company ${++named}`, preset });
const programOf = (companyId: string) => bed.program(new Set(PERMISSIONS), companyId);
const withCode = (code: string) => expect.objectContaining({ code });
const kindsOf = async (companyId: string) =>
  (
    await bed.owner.query('select kind from change where company_id = $1 order by epoch, xid, no', [companyId])
  ).rows.map((row) => row.kind);

describe('creating', () => {
  it('makes the company, its roles and their changes', async () => {
    const company = await asOperator.create({ name: 'Söhne & Co.', plan: 'TEAM' });

    expect(company).toMatchObject({
      name: 'Söhne & Co.',
      slug: 'sohne-co',
      plan: 'TEAM',
      provisioning: false,
      suspendedAt: null,
      policies: { unprovisionedSignIn: 'GRACE' },
      version: 1,
    });
    expect(await kindsOf(company.id)).toEqual(['company.created', ...new Array(5).fill('role.created')]);
    expect((await asOperator.defaultRolesOf([company.id])).get(company.id)).toMatchObject({
      key: 'qa',
      isDefault: true,
    });
  });

  it.each([
    ['testmail', 'member', 'GRACE'],
    ['betatesting', 'qa', 'BLOCK'],
    ['testplanit', 'qa', 'GRACE'],
  ])('starts %s with the default role %s and the policy %s', async (preset, role, policy) => {
    const { id, policies } = await aCompany(preset);

    expect(policies.unprovisionedSignIn).toBe(policy);
    expect((await asOperator.defaultRolesOf([id])).get(id)).toMatchObject({ key: role });
  });

  it('refuses a slug that is taken, a preset that is not there, and everyone but operators', async () => {
    const { slug, id } = await aCompany();

    await expect(asOperator.create({ name: 'Other', slug })).rejects.toEqual(
      expect.objectContaining({ code: 'UNIQUENESS', details: { field: 'slug' } }),
    );
    await expect(aCompany('nobody')).rejects.toEqual(withCode('INVALID_VALUE'));
    const theirs = new CompanyService(bed.db, programOf(id));
    await expect(theirs.create({ name: 'Mine' })).rejects.toEqual(withCode('FORBIDDEN'));
    await expect(theirs.changePlan(id, 'ENTERPRISE')).rejects.toEqual(withCode('FORBIDDEN'));
    await expect(theirs.suspend(id)).rejects.toEqual(withCode('FORBIDDEN'));
    await expect((async () => theirs.list({}))()).rejects.toEqual(withCode('FORBIDDEN'));
  });
});

describe('changing', () => {
  it('changes names, policies, the default role and the default projects', async () => {
    const { id } = await aCompany();
    const service = new CompanyService(bed.db, programOf(id));
    const projects = new ProjectService(bed.db, programOf(id));
    const [one, two] = [
      await projects.create({ key: 'one', name: 'One', isDefault: true }),
      await projects.create({ key: 'two', name: 'Two' }),
    ];
    const [read] = (await new RoleService(bed.db, programOf(id)).list({ filter: { key: { eq: 'read' } } })).nodes;

    const changed = await service.update(null, {
      name: 'New name',
      policies: { unprovisionedSignIn: 'ALLOW' },
      defaultRoleId: read!.id,
      defaultProjectIds: [two.id],
    });

    expect(changed).toMatchObject({ name: 'New name', policies: { unprovisionedSignIn: 'ALLOW' }, version: 2 });
    expect((await service.defaultRolesOf([id])).get(id)).toMatchObject({ key: 'read' });
    expect((await service.defaultProjectsOf([id])).get(id)?.map(({ key }) => key)).toEqual(['two']);
    expect((await kindsOf(id)).slice(8)).toEqual([
      'company.changed',
      'role.changed',
      'role.changed',
      'project.changed',
      'project.changed',
    ]);
    expect(one.isDefault).toBe(true);
  });

  it('changes all of it or nothing', async () => {
    const { id, name } = await aCompany();
    const service = new CompanyService(bed.db, programOf(id));

    await expect(service.update(id, { name: 'Half', defaultRoleId: newId() })).rejects.toEqual(withCode('NOT_FOUND'));

    expect(await service.get()).toMatchObject({ name, version: 1 });
  });

  it('is for the own company, and for operators everywhere', async () => {
    const [own, other] = [await aCompany(), await aCompany()];
    const service = new CompanyService(bed.db, programOf(own.id));

    await expect(service.update(other.id, { name: 'Mine' })).rejects.toEqual(withCode('NOT_FOUND'));
    await expect(service.defaultRolesOf([own.id, other.id])).rejects.toEqual(withCode('NOT_FOUND'));
    await expect(asOperator.update(newId(), { name: 'Nobody' })).rejects.toEqual(withCode('NOT_FOUND'));
    await expect(asOperator.update(null, { name: 'Which?' })).rejects.toEqual(withCode('INVALID_VALUE'));
    await expect(asOperator.update(other.id, { name: 'Theirs' })).resolves.toMatchObject({ name: 'Theirs' });
  });

  it('suspends and resumes once each', async () => {
    const { id } = await aCompany();

    const suspended = await asOperator.suspend(id);
    expect(await asOperator.suspend(id)).toEqual(suspended);
    await asOperator.resume(id);
    const resumed = await asOperator.resume(id);
    await asOperator.changePlan(id, 'ENTERPRISE');

    expect(suspended.suspendedAt).not.toBeNull();
    expect(resumed).toMatchObject({ suspendedAt: null, version: 3 });
    expect((await kindsOf(id)).slice(6)).toEqual(['company.suspended', 'company.resumed', 'company.plan_changed']);
  });
});

it('lists all companies for operators, by name whatever its case', async () => {
  await asOperator.create({ name: 'zebra', slug: 'z-1' });
  await asOperator.create({ name: 'Zoo', slug: 'z-2' });

  const { nodes, totalCount } = await asOperator.list({
    filter: { slug: { startsWith: 'z-' } },
    orderBy: { field: 'NAME', direction: 'DESC' },
    wantTotal: true,
  });

  expect([nodes.map(({ name }) => name), totalCount]).toEqual([['Zoo', 'zebra'], 2]);
});
