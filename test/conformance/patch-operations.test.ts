import { describe, expect, it } from 'vitest';
import { GARDEN } from '#test/e2e/scim-garden.js';
import { add, aProvider, ENTERPRISE, refused, remove, replace } from './provider.js';

const work = { value: 'ana@work.example', type: 'work', primary: true };
const home = { value: 'ana@home.example', type: 'home' };

describe('operations of PATCH', () => {
  const at = aProvider({ garden: true });
  const start = {
    name: { givenName: 'Ana', familyName: 'Ruiz' },
    title: 'Engineer',
    emails: [work, home],
    [ENTERPRISE]: { department: 'Sales', costCenter: '7' },
    [GARDEN]: { beds: 3, plants: ['Leek', 'Kale'], shed: { colour: 'red', key: 'k' } },
  };
  /** What these operations make of the start, which is its own for each test. */
  const patched = async (...operations: object[]) => {
    const { id } = await at.aUser(start);
    const { status, body } = await at.scim.patch(`/Users/${id}`, operations);
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  };
  const answered = async (...operations: object[]) => at.scim.patch(`/Users/${(await at.aUser(start)).id}`, operations);

  it('RFC 7644 §3.5.2.1: add needs a value', async () => {
    expect(await answered({ op: 'add', path: 'title' })).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7644 §3.5.2.1: add to an attribute that has no value sets it', async () => {
    expect((await patched(add('nickName', 'An'))).nickName).toBe('An');
  });

  it('RFC 7644 §3.5.2.1: add to a single value replaces it', async () => {
    expect((await patched(add('title', 'Lead'))).title).toBe('Lead');
  });

  it('RFC 7644 §3.5.2.1: add to a complex attribute keeps the sub-attributes it does not name', async () => {
    expect((await patched(add('name', { middleName: 'P.' }))).name).toEqual({
      givenName: 'Ana',
      middleName: 'P.',
      familyName: 'Ruiz',
    });
  });

  it('RFC 7644 §3.5.2.1: add to a sub-attribute sets it', async () => {
    expect((await patched(add('name.honorificPrefix', 'Dr.'))).name).toMatchObject({
      givenName: 'Ana',
      honorificPrefix: 'Dr.',
    });
  });

  it('RFC 7644 §3.5.2.1: add to a multi-valued attribute appends', async () => {
    const other = { value: 'c@x.example', type: 'other' };

    expect((await patched(add('emails', [other]))).emails).toEqual([work, home, other]);
  });

  it('RFC 7644 §3.5.2.1: add to an empty multi-valued attribute makes it', async () => {
    expect((await patched(add('ims', [{ value: 'ana' }]))).ims).toEqual([{ value: 'ana' }]);
  });

  it('RFC 7644 §3.5.2.1: add of a value that is there changes nothing', async () => {
    expect((await patched(add('emails', [home]))).emails).toEqual([work, home]);
  });

  it('RFC 7644 §3.5.2.1: add without a path takes an object of attributes', async () => {
    expect(await patched({ op: 'add', value: { nickName: 'An', title: 'Lead' } })).toMatchObject({
      nickName: 'An',
      title: 'Lead',
    });
  });

  it('RFC 7644 §3.5.2.1: add without a path appends to multi-valued attributes', async () => {
    expect((await patched({ op: 'add', value: { emails: [{ value: 'c@x.example' }] } })).emails).toHaveLength(3);
  });

  it('RFC 7644 §3.5.2.1: add without a path takes nothing but an object', async () => {
    expect(await answered({ op: 'add', value: 'Lead' })).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7644 §3.5.2.1: add of an extension’s attribute keeps the others', async () => {
    expect((await patched(add(`${ENTERPRISE}:division`, 'North')))[ENTERPRISE]).toEqual({
      ...start[ENTERPRISE],
      division: 'North',
    });
  });

  it('RFC 7644 §3.5.2.1: add without a path takes an extension by its URN', async () => {
    expect((await patched({ op: 'add', value: { [ENTERPRISE]: { division: 'North' } } }))[ENTERPRISE]).toEqual({
      ...start[ENTERPRISE],
      division: 'North',
    });
  });

  it('RFC 7644 §3.5.2.1: add to a list of plain values appends those that are new', async () => {
    expect((await patched(add(`${GARDEN}:plants`, ['Kale', 'Rye'])))[GARDEN].plants).toEqual(['Leek', 'Kale', 'Rye']);
  });

  it('RFC 7644 §3.5.2.2: a remove without a path is 400 noTarget', async () => {
    expect(await answered({ op: 'remove' })).toMatchObject(refused(400, 'noTarget'));
    expect(await answered({ op: 'remove', path: '' })).toMatchObject(refused(400, 'noTarget'));
  });

  it('RFC 7644 §3.5.2.2: remove of a single value unassigns it', async () => {
    expect(await patched(remove('title'))).not.toHaveProperty('title');
  });

  it('RFC 7644 §3.5.2.2: remove of what has no value is no error', async () => {
    expect(await patched(remove('nickName'))).toMatchObject({ title: 'Engineer' });
  });

  it('RFC 7644 §3.5.2.2: remove of a complex attribute unassigns all of it', async () => {
    expect(await patched(remove('name'))).not.toHaveProperty('name');
  });

  it('RFC 7644 §3.5.2.2: remove of a sub-attribute keeps the others', async () => {
    expect((await patched(remove('name.familyName'))).name).toEqual({ givenName: 'Ana' });
  });

  it('RFC 7644 §3.5.2.2: remove of a multi-valued attribute takes all its elements', async () => {
    expect(await patched(remove('emails'))).not.toHaveProperty('emails');
  });

  it('RFC 7644 §3.5.2.2: remove by a value filter takes the elements that match', async () => {
    expect((await patched(remove('emails[type eq "home"]'))).emails).toEqual([work]);
  });

  it('RFC 7644 §3.5.2.2: when the last element is taken the attribute is unassigned', async () => {
    expect(await patched(remove('emails[value pr]'))).not.toHaveProperty('emails');
  });

  it('RFC 7644 §3.5.2.2: remove of a sub-attribute by a value filter keeps the element', async () => {
    expect((await patched(remove('emails[type eq "home"].type'))).emails).toEqual([work, { value: home.value }]);
  });

  it('RFC 7644 §3.5.2.2: a value filter takes and, or, not', async () => {
    expect((await patched(remove('emails[type eq "home" and value ew "home.example"]'))).emails).toEqual([work]);
    expect(await patched(remove('emails[type eq "home" or type eq "work"]'))).not.toHaveProperty('emails');
    expect((await patched(remove('emails[not (primary eq true)]'))).emails).toEqual([work]);
  });

  it('RFC 7644 §3.5.2.2: remove of a required attribute is refused', async () => {
    expect(await answered(remove('userName'))).toMatchObject(refused(400, 'mutability'));
  });

  it('RFC 7644 §3.5.2.2: remove of a read-only attribute is refused', async () => {
    expect(await answered(remove('meta'))).toMatchObject(refused(400, 'mutability'));
  });

  it('RFC 7644 §3.5.2.2: remove of one attribute of an extension keeps the others', async () => {
    expect((await patched(remove(`${ENTERPRISE}:department`)))[ENTERPRISE]).toEqual({ costCenter: '7' });
  });

  it('RFC 7644 §3.5.2.2: remove of a whole extension takes it out of schemas, too', async () => {
    const body = await patched(remove(ENTERPRISE));

    expect(body).not.toHaveProperty(ENTERPRISE);
    expect(body.schemas).not.toContain(ENTERPRISE);
  });

  it('RFC 7644 §3.5.2.2: remove of a sub-attribute of an extension’s complex attribute', async () => {
    expect((await patched(remove(`${GARDEN}:shed.colour`)))[GARDEN].shed).toEqual({ key: 'k' });
  });

  it('RFC 7644 §3.5.2.3: replace needs a value', async () => {
    expect(await answered({ op: 'replace', path: 'title' })).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7644 §3.5.2.3: replace of a single value', async () => {
    expect((await patched(replace('title', 'Lead'))).title).toBe('Lead');
  });

  it('RFC 7644 §3.5.2.3: replace of what has no value is an add', async () => {
    expect((await patched(replace('nickName', 'An'))).nickName).toBe('An');
  });

  it('RFC 7644 §3.5.2.3: replace of a complex attribute changes the sub-attributes it names', async () => {
    expect((await patched(replace('name', { givenName: 'Bo' }))).name).toEqual({ givenName: 'Bo', familyName: 'Ruiz' });
  });

  it('RFC 7644 §3.5.2.3: replace of a sub-attribute keeps the others', async () => {
    expect((await patched(replace('name.givenName', 'Bo'))).name).toEqual({ givenName: 'Bo', familyName: 'Ruiz' });
  });

  it('RFC 7644 §3.5.2.3: replace of a multi-valued attribute replaces all its elements', async () => {
    expect((await patched(replace('emails', [home]))).emails).toEqual([home]);
  });

  it('RFC 7644 §3.5.2.3: replace by an empty list unassigns', async () => {
    expect(await patched(replace('emails', []))).not.toHaveProperty('emails');
  });

  it('RFC 7644 §3.5.2.3: replace by a value filter changes the elements that match', async () => {
    expect((await patched(replace('emails[type eq "work"].value', 'new@x.example'))).emails).toEqual([
      { ...work, value: 'new@x.example' },
      home,
    ]);
  });

  it('RFC 7644 §3.5.2.3: replace by a value filter changes all elements that match', async () => {
    expect((await patched(replace('emails[value ew ".example"].display', 'Ana'))).emails).toEqual([
      { ...work, display: 'Ana' },
      { ...home, display: 'Ana' },
    ]);
  });

  it('RFC 7644 §3.5.2.3: replace of a whole element by a value filter', async () => {
    const other = { value: 'c@x.example', type: 'home', display: 'C' };

    expect((await patched(replace('emails[type eq "home"]', other))).emails).toEqual([work, other]);
  });

  it('RFC 7644 §3.5.2.3: replace by a value filter that nothing matches is 400 noTarget', async () => {
    expect(await answered(replace('emails[value sw "nobody"].display', 'x'))).toMatchObject(refused(400, 'noTarget'));
  });

  it('RFC 7644 §3.5.2.3: replace without a path takes an object of attributes', async () => {
    expect(await patched({ op: 'replace', value: { title: 'Lead', emails: [home] } })).toMatchObject({
      title: 'Lead',
      emails: [home],
      name: start.name,
    });
  });

  it('RFC 7644 §3.5.2.3: replace by null unassigns', async () => {
    expect(await patched(replace('title', null))).not.toHaveProperty('title');
  });

  it('RFC 7644 §3.5.2.3: replace of an extension’s attribute keeps the others', async () => {
    expect((await patched(replace(`${ENTERPRISE}:department`, 'Tours')))[ENTERPRISE]).toEqual({
      department: 'Tours',
      costCenter: '7',
    });
  });

  it('RFC 7644 §3.5.2.3: replace of a list of plain values replaces all of them', async () => {
    expect((await patched(replace(`${GARDEN}:plants`, ['Rye'])))[GARDEN].plants).toEqual(['Rye']);
  });

  it('RFC 7644 §3.5.2.3: replace of primary by a value filter takes it from the one that had it', async () => {
    expect((await patched(replace('emails[type eq "home"].primary', true))).emails).toEqual([
      { ...work, primary: false },
      { ...home, primary: true },
    ]);
  });

  it('RFC 7644 §3.5.2.3: replace of active deactivates', async () => {
    expect((await patched(replace('active', false))).active).toBe(false);
  });
});
