import { expect, it } from 'vitest';
import { project } from '#gateway/scim/projection.js';
import { parseQuery } from '#gateway/scim/query.js';
import { aDialect } from '#gateway/translate/testing/a-dialect.js';
import { toUserProjection } from '#gateway/translate/user-projection.js';

const user = {
  schemas: [],
  id: 'u-1',
  name: { givenName: 'Ana' },
  displayName: 'Ana',
  emails: [{ value: 'a', type: 'work' }],
};
const dialect = aDialect({ aliases: { mail: 'emails', name: 'displayName' } });

it.each([
  ['attributes=MAIL', ['emails', 'id', 'schemas']],
  ['attributes=name', ['displayName', 'id', 'name', 'schemas']],
  ['excludedAttributes=mail', ['displayName', 'id', 'name', 'schemas']],
  ['excludedAttributes=title', ['displayName', 'emails', 'id', 'name', 'schemas']],
])('%s leaves %j', (text, left) => {
  expect(Object.keys(project(user, toUserProjection(parseQuery(text), dialect))).sort()).toEqual(left);
});

it('leads a sub-attribute through an alias', () => {
  expect(project(user, toUserProjection(parseQuery('attributes=mail.value'), dialect))).toMatchObject({
    emails: [{ value: 'a' }],
  });
});
