import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePatch } from '#gateway/scim/patch.js';
import { PATCH_URN } from '#gateway/scim/schemas.js';

const patchOf = (...Operations: unknown[]) => ({ schemas: [PATCH_URN], Operations });

describe('parsePatch', () => {
  it('reads the operations in order', () => {
    const operations = parsePatch(
      patchOf(
        { op: 'replace', path: 'active', value: false },
        { op: 'add', value: { 'name.givenName': 'Lea' } },
        { op: 'remove', path: 'members[value eq "u-1"]' },
      ),
    );

    expect(operations).toMatchObject([
      { op: 'replace', path: { attr: { name: 'active' } }, value: false },
      { op: 'add', path: null, value: { 'name.givenName': 'Lea' } },
      { op: 'remove', path: { attr: { name: 'members' } }, value: undefined },
    ]);
  });

  it.each(['Replace', 'REPLACE', 'replace'])('reads the op %s of Entra', (op) => {
    expect(parsePatch(patchOf({ op, path: 'title', value: 'x', name: 'ignored' }))).toMatchObject([{ op: 'replace' }]);
  });

  it('reads keys in any case, and asks for no schemas', () => {
    expect(parsePatch({ operations: [{ Op: 'Add', Path: 'title', Value: 'x' }] })).toMatchObject([
      { op: 'add', value: 'x' },
    ]);
  });

  it('accepts that nothing is to be done', () => {
    expect(parsePatch(patchOf())).toEqual([]);
  });

  it.each([null, ''])('takes replace with %j for clearing', (value) => {
    expect(parsePatch(patchOf({ op: 'replace', path: 'title', value }))).toMatchObject([{ value: null }]);
  });

  it.each([false, 0, []])('keeps the value %j', (value) => {
    expect(parsePatch(patchOf({ op: 'replace', path: 'x', value }))).toMatchObject([{ value }]);
  });

  it('hands on the members that Entra lists in a remove without filter', () => {
    const value = [{ $ref: null, value: 'u-44' }];
    expect(parsePatch(patchOf({ op: 'Remove', path: 'members', value }))).toMatchObject([{ value }]);
  });

  it('takes a remove with null for one without value, as Keycloak sends it', () => {
    expect(parsePatch(patchOf({ op: 'remove', path: 'members', value: null }))[0]?.value).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    ['a body that is no object', [], 'invalidSyntax'],
    ['a body of null', null, 'invalidSyntax'],
    ['no Operations', {}, 'invalidSyntax'],
    ['Operations that are an object', { Operations: {} }, 'invalidSyntax'],
    ['an operation that is no object', patchOf('replace'), 'invalidSyntax'],
    ['an unknown op', patchOf({ op: 'move', path: 'a', value: 1 }), 'invalidSyntax'],
    ['no op', patchOf({ path: 'a', value: 1 }), 'invalidSyntax'],
    ['an op that is a number', patchOf({ op: 1, path: 'a', value: 1 }), 'invalidSyntax'],
    ['a path that is a number', patchOf({ op: 'add', path: 1, value: 1 }), 'invalidPath'],
    ['a path that cannot be read', patchOf({ op: 'add', path: '__proto__.x', value: 1 }), 'invalidPath'],
    ['a remove without path', patchOf({ op: 'remove', value: {} }), 'noTarget'],
    ['an add without value', patchOf({ op: 'add', path: 'title' }), 'invalidValue'],
    ['a replace without value', patchOf({ op: 'replace', path: 'title' }), 'invalidValue'],
    ['a path-less list', patchOf({ op: 'add', value: [] }), 'invalidValue'],
    ['a path-less object as JSON text', patchOf({ op: 'replace', value: '{"active":false}' }), 'invalidValue'],
    ['a path-less null', patchOf({ op: 'replace', value: null }), 'invalidValue'],
    ['1,001 operations', patchOf(...Array(1001).fill({ op: 'add', path: 'a', value: 1 })), 'tooMany'],
  ])('refuses %s', (_, body, scimType) => {
    expect(() => parsePatch(body)).toThrow(expect.objectContaining({ status: 400, scimType }));
  });

  it('throws nothing but a 400, whatever it is given', () => {
    const operation = fc.record(
      { op: fc.constantFrom('add', 'remove', 'replace', 'x', null), path: fc.jsonValue(), value: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const body = fc.oneof(fc.jsonValue(), fc.record({ Operations: fc.array(operation) }));
    fc.assert(
      fc.property(body, (anything) => {
        try {
          parsePatch(anything);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ScimError', status: 400 });
        }
      }),
      { numRuns: 300 },
    );
  });
});
