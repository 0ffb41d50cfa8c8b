import { describe, expect, it } from 'vitest';
import { parseSearchRequest } from '#gateway/scim/search-request.js';
import { SEARCH_URN } from '#gateway/scim/urns.js';

const schemas = [SEARCH_URN];

describe('parseSearchRequest', () => {
  it('gives each member as the parameter that a GET would have', () => {
    const query = parseSearchRequest(
      {
        Schemas: [SEARCH_URN.toUpperCase()],
        attributes: ['userName', 'name.familyName'],
        excludedAttributes: null,
        FILTER: 'a pr',
        sortBy: 'userName',
        sortOrder: 'descending',
        startIndex: 1e21,
        count: -3,
        cursor: '',
        unknown: {},
      },
      () => undefined,
    );
    const names = [
      'attributes',
      'excludedAttributes',
      'filter',
      'sortBy',
      'sortOrder',
      'startIndex',
      'count',
      'cursor',
    ];

    expect(names.map((name) => query.get(name))).toEqual([
      'userName,name.familyName',
      null,
      'a pr',
      'userName',
      'descending',
      '1000000000000000000000',
      '-3',
      '',
    ]);
    expect(['filter', 'excludedAttributes', '__proto__'].map((name) => query.has(name))).toEqual([true, false, false]);
  });

  it('notes a body without schemas', () => {
    const noted: string[] = [];
    parseSearchRequest({}, (tolerance) => noted.push(tolerance));

    expect(noted).toEqual(['NO_SCHEMAS']);
  });

  it.each([
    null,
    [],
    'filter',
    { schemas: 'x' },
    { schemas: [] },
    { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'] },
    { schemas, filter: 3 },
    { schemas, attributes: 'userName' },
    { schemas, attributes: [1] },
    { schemas, startIndex: '1' },
    { schemas, count: 1.5 },
    { schemas, cursor: {} },
  ])('refuses %j', (body) => {
    expect(() => parseSearchRequest(body, () => undefined)).toThrow(
      expect.objectContaining({ status: 400, scimType: 'invalidSyntax' }),
    );
  });
});
