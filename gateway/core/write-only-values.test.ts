import { expect, it } from 'vitest';
import { writeOnlyValues } from '#gateway/core/write-only-values.js';
import { ACME_URN, aProfile } from '#gateway/translate/testing/a-dialect.js';

it.each<[string, unknown]>([
  ['a member of the extension', { [ACME_URN]: { PIN: 'secret', badge: 'b' } }],
  ['a key that is a path', { [`${ACME_URN}:pin`]: 'secret' }],
  ['a list', { [ACME_URN]: { pin: ['secret'] } }],
  ['a PATCH with a path', { Operations: [{ op: 'add', value: 'secret', path: `${ACME_URN}:pin` }] }],
  ['a PATCH without one', { Operations: [{ op: 'add', value: { [ACME_URN]: { pin: 'secret' } } }] }],
])('what is write-only is found in %s', (_, body) => {
  expect(writeOnlyValues(body, aProfile())).toEqual(['secret']);
});

it('nothing else is', () => {
  const body = { userName: 'pin', [ACME_URN]: { badge: 'b' }, Operations: [{ path: 'title', value: 'x' }] };
  expect(writeOnlyValues(body, aProfile())).toEqual([]);
  expect(writeOnlyValues({ pin: 'x' }, aProfile({ extensions: [] }))).toEqual([]);
});
