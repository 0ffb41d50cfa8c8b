import { enumType } from '../fields.js';

export const RequestLogSuccesses = enumType(
  'RequestLogSuccesses',
  'Which requests that went well the request log keeps. Failures are always there, with their bodies.',
  {
    NONE: 'None of them.',
    WITHOUT_BODIES: 'All of them, without their bodies.',
    WITH_BODIES: 'All of them, with their bodies.',
  },
);
