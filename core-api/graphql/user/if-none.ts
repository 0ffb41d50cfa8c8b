import { enumType } from '../fields.js';

export const IfNone = enumType('IfNone', 'What happens when a condition on values matches none.', {
  FAIL: 'The whole mutation is refused with NO_TARGET.',
  CREATE: 'An element is made from the `eq` terms of the condition and the members to set.',
});
