import { invalidValue } from '../errors.js';
import type { ChangeFilter } from './change-filter.js';

/** By what an export is narrowed down, and what each means. */
export const EXPORT_PARAMETERS = {
  source: 'By which way: DIRECTORY (or SCIM), API, CONSOLE, SSO, SYSTEM',
  directory: 'Id of the directory whose token was used',
  token: 'Id of the token or key that was used',
  actor: 'Id of who made the change',
  object: 'Id of the object that it happened to',
  kind: 'What happened: user.created',
  field: 'The member that changed, dotted: title',
  from: 'Not before this time, ISO 8601 with offset: 2026-01-31T00:00:00Z',
  to: 'Before this time',
} as const;

type ExportParameter = keyof typeof EXPORT_PARAMETERS;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * The filter that the parameters of an export mean.
 *
 * @param parameters names and values, each name once at most.
 * @throws INVALID_VALUE (field: the parameter), also for an unknown one: an export of more than was asked for would go unnoticed
 */
export function readExportFilter(parameters: Iterable<readonly [name: string, value: string]>): ChangeFilter {
  const given: Partial<Record<ExportParameter, string>> = {};
  for (const [name, value] of parameters) {
    if (!Object.hasOwn(EXPORT_PARAMETERS, name))
      throw invalidValue(
        name,
        `There is no parameter ${name}; there are: ${Object.keys(EXPORT_PARAMETERS).join(', ')}.`,
      );
    const parameter = name as ExportParameter;
    if (given[parameter] !== undefined) throw invalidValue(name, `${name} is given twice.`);
    if (value === '') throw invalidValue(name, `${name} is empty.`);
    given[parameter] = value;
  }
  for (const name of ['from', 'to'] as const) {
    const value = given[name];
    if (value !== undefined && !(TIME.test(value) && isTime(value)))
      throw invalidValue(name, `${name} must be a time like 2026-01-31T00:00:00Z.`);
  }
  const exactly = (value: string | undefined) => (value === undefined ? null : { eq: value });
  return {
    // What comes through a directory is called by the protocol's name wherever people read it.
    source: exactly(given.source === 'SCIM' ? 'DIRECTORY' : given.source),
    directoryId: exactly(given.directory),
    credentialId: exactly(given.token),
    actorId: exactly(given.actor),
    objectId: exactly(given.object),
    kind: exactly(given.kind),
    field: given.field ?? null,
    at: given.from || given.to ? { ge: given.from ?? null, lt: given.to ?? null } : null,
  };
}

function isTime(value: string): boolean {
  return !value.startsWith('0000') && !Number.isNaN(Date.parse(value));
}
