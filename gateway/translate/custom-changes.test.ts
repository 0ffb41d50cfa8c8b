import { describe, expect, it } from 'vitest';
import { parsePatch } from '#gateway/scim/patch.js';
import { ACME_URN, aDialect } from '#gateway/translate/testing/a-dialect.js';
import { toUserChanges } from '#gateway/translate/user-changes.js';

const translate = (operation: object, dialect = aDialect()) =>
  toUserChanges(parsePatch({ Operations: [operation] }, dialect.schema), dialect);

const TAGS = { urn: ACME_URN, attribute: 'tags' };
const TOOLS = { urn: ACME_URN, attribute: 'tools' };

describe('a change of an attribute of an extension', () => {
  it.each([
    [
      'removal of a custom attribute',
      { op: 'remove', path: `${ACME_URN}:tags` },
      [{ unsetExtension: { urn: ACME_URN, names: ['tags'] } }],
    ],
    [
      'removal of one value of a custom list, which once was refused',
      { op: 'remove', path: `${ACME_URN}:tags[value eq "a"]` },
      [{ removeExtensionValues: { ...TAGS, where: { member: { string: { eq: 'a' } } } } }],
    ],
    [
      'removal of values of a custom list by a filter with or, digits unquoted',
      { op: 'remove', path: `${ACME_URN}:tags[VALUE eq "a" or value eq 7]` },
      [
        {
          removeExtensionValues: {
            ...TAGS,
            where: { or: [{ member: { string: { eq: 'a' } } }, { member: { string: { eq: '7' } } }] },
          },
        },
      ],
    ],
    [
      'removal of listed values of a custom list, which once took all of them',
      { op: 'remove', path: `${ACME_URN}:tags`, value: [{ value: 'a' }, 'b'] },
      [{ setExtension: { urn: ACME_URN, values: { tags: ['a', 'b'] }, remove: true } }],
    ],
    [
      'another value in the place of one of a custom list',
      { op: 'replace', path: `${ACME_URN}:tags[value sw "a"]`, value: 'b' },
      [
        {
          updateExtensionValues: {
            ...TAGS,
            where: { member: { string: { startsWith: 'a' } } },
            set: 'b',
            ifNone: 'FAIL',
          },
        },
      ],
    ],
    [
      'a part of the elements of a custom list that a filter of two terms finds',
      { op: 'replace', path: `${ACME_URN}:tools[key eq "rake" and sharp eq true].size`, value: '7' },
      [
        {
          updateExtensionValues: {
            ...TOOLS,
            where: {
              and: [
                { member: { name: 'key', string: { eq: 'rake' } } },
                { member: { name: 'sharp', boolean: { eq: true } } },
              ],
            },
            set: { size: 7 },
            ifNone: 'CREATE',
          },
        },
      ],
    ],
    [
      'a part of all elements of a custom list',
      { op: 'replace', path: `${ACME_URN}:tools.size`, value: 7 },
      [{ updateExtensionValues: { ...TOOLS, where: {}, set: { size: 7 }, ifNone: 'FAIL' } }],
    ],
    [
      'removal of a part of an element of a custom list',
      { op: 'remove', path: `${ACME_URN}:tools[size ge 3].sharp` },
      [
        {
          updateExtensionValues: {
            ...TOOLS,
            where: { member: { name: 'size', number: { ge: 3 } } },
            set: { sharp: null },
            ifNone: 'FAIL',
          },
        },
      ],
    ],
    [
      'removal of an element of a custom list',
      { op: 'remove', path: `${ACME_URN}:tools[not (sharp pr)]` },
      [{ removeExtensionValues: { ...TOOLS, where: { not: { member: { name: 'sharp', isSet: true } } } } }],
    ],
    [
      'removal of listed elements of a custom list',
      { op: 'remove', path: `${ACME_URN}:tools`, value: [{ KEY: 'rake', size: 7 }] },
      [
        {
          removeExtensionValues: {
            ...TOOLS,
            where: {
              or: [
                {
                  and: [
                    { member: { name: 'key', string: { eq: 'rake' } } },
                    { member: { name: 'size', number: { eq: 7 } } },
                  ],
                },
              ],
            },
          },
        },
      ],
    ],
    [
      'an element of a custom list merged, its read-only part passed over',
      { op: 'replace', path: `${ACME_URN}:tools[key eq "rake"]`, value: { sharp: 'True', worn: true } },
      [
        {
          updateExtensionValues: {
            ...TOOLS,
            where: { member: { name: 'key', string: { eq: 'rake' } } },
            set: { sharp: true },
            ifNone: 'CREATE',
          },
        },
      ],
    ],
    [
      'a part of an element of a custom list that it has not',
      { op: 'replace', path: `${ACME_URN}:tools[key eq "rake"].colour`, value: 'red' },
      [],
    ],
    ['removal of no values of a custom list', { op: 'remove', path: `${ACME_URN}:tags`, value: [] }, []],
    ['removal of a custom extension', { op: 'remove', path: ACME_URN }, [{ unsetExtension: { urn: ACME_URN } }]],
  ])('reads %s', (_, operation, changes) => {
    expect(translate(operation)).toEqual(changes);
  });

  it.each([
    [
      'a part that a custom list has not, in a filter',
      { op: 'remove', path: `${ACME_URN}:tools[hue eq "x"]` },
      'invalidFilter',
    ],
    [
      'a read-only part of an element',
      { op: 'replace', path: `${ACME_URN}:tools[key eq "rake"].worn`, value: true },
      'mutability',
    ],
    ['a read-only custom attribute', { op: 'add', path: `${ACME_URN}:seen`, value: 'x' }, 'mutability'],
    ['a word for an integer', { op: 'add', path: `${ACME_URN}:level`, value: 'high' }, 'invalidValue'],
    ['a filter on a custom text', { op: 'remove', path: `${ACME_URN}:badge[value eq "a"]` }, 'invalidPath'],
  ])('refuses %s', (_, operation, scimType) => {
    expect(() => translate(operation)).toThrow(expect.objectContaining({ status: 400, scimType }));
  });

  it('refuses a part that the elements have not when the directory is strict', () => {
    const operation = { op: 'replace', path: `${ACME_URN}:tools[key eq "rake"].colour`, value: 'red' };
    expect(() => translate(operation, aDialect({ strict: true }))).toThrow(
      expect.objectContaining({ scimType: 'invalidPath' }),
    );
  });
});
