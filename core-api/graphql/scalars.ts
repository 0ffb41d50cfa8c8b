import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

const ISO = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
/** As PostgreSQL writes timestamptz(3) in UTC; it drops trailing zeros, so only the commonest form is recognised by its shape. */
const POSTGRES = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+00$/;

/** A point in time: outside, and to the domain, ISO 8601 in UTC with milliseconds. */
export const DateTime = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description:
    'A point in time as ISO 8601 text. Input needs date, time and offset (`2026-03-01T09:30:00+01:00`); output is always in UTC with milliseconds (`2026-03-01T08:30:00.000Z`).',
  serialize: toUtc,
  parseValue: parseTime,
  parseLiteral(node: ValueNode) {
    if (node.kind !== Kind.STRING) throw new GraphQLError('DateTime must be a string.', { nodes: node });
    return parseTime(node.value);
  },
});

function toUtc(value: unknown): string {
  // As the statements write it already.
  if (typeof value === 'string' && value.length === 24 && value[10] === 'T' && value[23] === 'Z') return value;
  if (typeof value === 'string' && POSTGRES.test(value)) return `${value.slice(0, 10)}T${value.slice(11, 23)}Z`;
  const time = value instanceof Date ? value : new Date(String(value).replace(/\+00$/, 'Z'));
  return time.toISOString();
}

function parseTime(value: unknown): string {
  const [, year, month, day] = (typeof value === 'string' && ISO.exec(value)) || [];
  if (year !== undefined && isDay(Number(year), Number(month), Number(day))) {
    const time = new Date(value as string);
    // The years before 1 and after 9999 that an offset can reach have another form, and PostgreSQL reads neither.
    if (!Number.isNaN(time.getTime()) && time.getUTCFullYear() >= 1 && time.getUTCFullYear() <= 9999)
      return time.toISOString();
  }
  throw new GraphQLError('DateTime must be ISO 8601 with date, time and offset, as in 2026-03-01T09:30:00Z.');
}

function isDay(year: number, month: number, day: number): boolean {
  return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Any JSON value, handed through as it is. */
export const Json = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  description: 'Any JSON value: object, list, string, number, boolean or null.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: jsonOf,
});

function jsonOf(node: ValueNode, variables?: Record<string, unknown> | null): unknown {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.NULL:
      return null;
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    case Kind.LIST:
      return node.values.map((each) => jsonOf(each, variables));
    case Kind.OBJECT:
      // fromEntries defines each member, so that `__proto__` is a name like any other.
      return Object.fromEntries(node.fields.map((each) => [each.name.value, jsonOf(each.value, variables)]));
  }
}
