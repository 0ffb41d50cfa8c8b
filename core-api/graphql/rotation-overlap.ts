import { enumType } from './fields.js';

export const RotationOverlap = enumType(
  'RotationOverlap',
  'For how long a token or key still works beside the new one.',
  {
    NONE: 'It is revoked at once.',
    ONE_HOUR: 'One hour.',
    ONE_DAY: 'One day.',
    SEVEN_DAYS: 'Seven days.',
    THIRTY_DAYS: 'Thirty days.',
  },
);
