import { Company } from '#core-api/persistence/entities/company.js';
import type { RecordKind } from '../admin-record.js';

export const COMPANY: RecordKind<Company> = {
  entity: Company,
  type: 'Company',
  object: 'company',
  logged: [
    'name',
    'slug',
    'plan',
    'provisioning',
    'provisioningSince',
    'provisioningSuspended',
    'policies',
    'suspendedAt',
  ],
  ofCompany: false,
};
