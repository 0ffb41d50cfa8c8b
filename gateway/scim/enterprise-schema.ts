import { attribute, complex } from '#gateway/scim/attribute.js';
import type { AttributeDefinition } from '#gateway/scim/schemas.js';

/** RFC 7643 §4.3. */
export const ENTERPRISE_ATTRIBUTES: AttributeDefinition[] = [
  attribute('employeeNumber', 'The number or code by which the employer knows the user.'),
  attribute('costCenter', 'The cost center the user is booked on.'),
  attribute('organization', 'The organisation the user belongs to.'),
  attribute('division', 'The division the user belongs to.'),
  attribute('department', 'The department the user belongs to.'),
  complex('manager', 'The user this user reports to.', [
    attribute('value', 'The id of the manager.', { caseExact: true }),
    attribute('$ref', 'The address of the manager.', { type: 'reference', referenceTypes: ['User'], caseExact: true }),
    attribute('displayName', 'The name of the manager, as it was sent.'),
  ]),
];
