import { type Logger, pino } from 'pino';
import type { LogLevel } from '#schema/settings.js';

/** All that a record may carry; anything else is left out. Requests, headers and bodies hold tokens and people's data. */
const FIELDS = new Set(
  'address code companyId count directoryId door job ms operation port requestId role status url'.split(' '),
);

/** Records on standard output: JSON in production, lines to be read otherwise. `err` is an Error; other fields as in FIELDS. */
export function createLog({ logLevel, production }: { logLevel: LogLevel; production: boolean }): Logger {
  const options = {
    level: logLevel,
    base: { program: 'core-api' },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorFields },
    formatters: { level: (level: string) => ({ level }), log: allowedFields },
  };
  return production ? pino(options) : pino(options, { write: writeLine });
}

function allowedFields(record: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name === 'err' || FIELDS.has(name)));
}

/** Not `detail`, `parameters` and the like: drivers put values of rows into them. */
function errorFields({ name, message, stack, code }: Error & { code?: unknown }) {
  return { name, message, code, stack };
}

function writeLine(json: string): void {
  const { time, level, program, msg = '', err, ...fields } = JSON.parse(json);
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${value}`);
  const stack = err ? `\n${err.stack ?? err.message}` : '';
  process.stdout.write(`${time.slice(11, 19)} ${level.padEnd(5)} ${program}: ${msg}${rest.join('')}${stack}\n`);
}
