import { attribute, complex } from '#gateway/scim/attribute.js';
import type { AttributeDefinition } from '#gateway/scim/schemas.js';

/** What becomes of groups that are sent as members. */
export type NestedGroups = 'NEST' | 'FLATTEN' | 'SKIP';

const MEMBERS: Readonly<Record<NestedGroups, string>> = {
  NEST: 'Who belongs to the group: users, and groups with whoever belongs to them.',
  FLATTEN: 'Who belongs to the group. A group can be sent, and shows as the users who belong to it.',
  SKIP: 'Who belongs to the group.',
};

/** RFC 7643 §4.2. */
export const groupAttributes = (nestedGroups: NestedGroups): AttributeDefinition[] => [
  attribute('displayName', 'The name of the group; within a directory no two groups share one.', {
    required: true,
    uniqueness: 'server',
  }),
  complex(
    'members',
    MEMBERS[nestedGroups],
    [
      attribute('value', 'The id of the member.', { mutability: 'immutable', caseExact: true }),
      attribute('$ref', 'The address of the member.', {
        type: 'reference',
        referenceTypes: memberTypes(nestedGroups),
        caseExact: true,
        mutability: 'immutable',
      }),
      attribute('display', 'The name of the member.', { mutability: 'readOnly' }),
      attribute('type', 'What the member is; a user if nothing is said.', {
        canonicalValues: memberTypes(nestedGroups),
        mutability: 'immutable',
      }),
    ],
    { multiValued: true },
  ),
];

const memberTypes = (nestedGroups: NestedGroups) => (nestedGroups === 'SKIP' ? ['User'] : ['User', 'Group']);
