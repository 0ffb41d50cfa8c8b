import { attribute, complex } from '#gateway/scim/attribute.js';
import type { AttributeDefinition } from '#gateway/scim/schemas.js';

/** RFC 7643 §4.2. */
export const GROUP_ATTRIBUTES: AttributeDefinition[] = [
  attribute('displayName', 'The name of the group; within a directory no two groups share one.', {
    required: true,
    uniqueness: 'server',
  }),
  complex(
    'members',
    'Who belongs to the group.',
    [
      attribute('value', 'The id of the member.', { mutability: 'immutable', caseExact: true }),
      attribute('$ref', 'The address of the member.', {
        type: 'reference',
        referenceTypes: ['User', 'Group'],
        caseExact: true,
        mutability: 'immutable',
      }),
      attribute('display', 'The name of the member.', { mutability: 'readOnly' }),
      attribute('type', 'What the member is; a user if nothing is said.', {
        canonicalValues: ['User', 'Group'],
        mutability: 'immutable',
      }),
    ],
    { multiValued: true },
  ),
];
