import { parseValue } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DateTime, Json } from './scalars.js';

describe('DateTime', () => {
  it.each([
    ['2026-03-01T09:30:00+01:00', '2026-03-01T08:30:00.000Z'],
    ['2026-03-01T08:30:00Z', '2026-03-01T08:30:00.000Z'],
    ['2024-02-29T23:59:59.123456-00:30', '2024-03-01T00:29:59.123Z'],
  ])('reads %s as UTC', (text, utc) => {
    expect(DateTime.parseValue(text)).toBe(utc);
  });

  it.each([
    '2026-03-01',
    '2026-03-01T09:30:00',
    '2026-03-01 09:30:00Z',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T25:00:00Z',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    'tomorrow',
    '',
    1_772_000_000,
    null,
  ])('refuses %j', (value) => {
    expect(() => DateTime.parseValue(value)).toThrow('ISO 8601');
  });

  it.each([
    ['2026-03-01 08:30:00.123+00', '2026-03-01T08:30:00.123Z'],
    ['2026-03-01 08:30:00.12+00', '2026-03-01T08:30:00.120Z'],
    ['2026-03-01 08:30:00+00', '2026-03-01T08:30:00.000Z'],
    ['2026-03-01T08:30:00.123Z', '2026-03-01T08:30:00.123Z'],
    [new Date('2026-03-01T08:30:00.123Z'), '2026-03-01T08:30:00.123Z'],
  ])('writes %s as UTC with milliseconds', (value, text) => {
    expect(DateTime.serialize(value)).toBe(text);
  });
});

describe('JSON', () => {
  it('reads literals of every kind, with variables in them', () => {
    const literal = parseValue('{ a: [1, 2.5, "x", true, null, $v], __proto__: { b: E } }');

    const value = Json.parseLiteral(literal, { v: { deep: [1] } }) as Record<string, unknown>;

    expect(JSON.stringify(value)).toBe('{"a":[1,2.5,"x",true,null,{"deep":[1]}],"__proto__":{"b":"E"}}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});
