import { describe, expect, it } from 'vitest';
import type { ProfileAttribute, ProfileExtension } from '#schema/profile.js';
import { withDeclaredExtensions } from './declared-extensions.js';
import { blankUser } from './user-fields.js';
import type { Extensions } from './user-types.js';

const URN = 'urn:example:2.0:Crew';
const attribute = (name: string, traits: Partial<ProfileAttribute> = {}): ProfileAttribute => ({
  name,
  type: 'string',
  multiValued: false,
  description: '',
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  ...traits,
});
const crew: ProfileExtension = {
  urn: URN,
  name: 'Crew',
  description: '',
  attributes: [
    attribute('desk'),
    attribute('shift', { canonicalValues: ['Day', 'Night'] }),
    attribute('grade', { canonicalValues: ['A', 'b'], caseExact: true }),
    attribute('licences', { multiValued: true, canonicalValues: ['crane', 'tug'] }),
    attribute('armed', { type: 'boolean' }),
    attribute('years', { type: 'integer' }),
    attribute('weight', { type: 'decimal' }),
    attribute('joined', { type: 'dateTime' }),
    attribute('photo', { type: 'reference' }),
    attribute('badge', { mutability: 'immutable' }),
    attribute('score', { type: 'integer', mutability: 'readOnly' }),
    attribute('berth', {
      type: 'complex',
      subAttributes: [attribute('dock', { required: true }), attribute('since', { type: 'dateTime' })],
    }),
    attribute('pin', { mutability: 'writeOnly', required: true, type: 'integer' }),
    attribute('locker', {
      type: 'complex',
      subAttributes: [
        attribute('code', { mutability: 'writeOnly' }),
        attribute('number', { mutability: 'immutable' }),
        attribute('fee', { mutability: 'readOnly' }),
        attribute('label'),
      ],
    }),
    attribute('shifts', { type: 'complex', multiValued: true, subAttributes: [attribute('value')] }),
  ],
};
const user = (extensions: Extensions) => ({
  ...blankUser({ companyId: 'c', id: 'u', directoryId: null }),
  extensions,
});
interface Options {
  before?: Record<string, unknown>;
  byDirectory?: boolean;
  extensions?: ProfileExtension[];
  roleAttribute?: string | null;
}
const written = (
  values: Record<string, unknown>,
  { before = {}, byDirectory = false, extensions = [crew], roleAttribute = null }: Options = {},
) =>
  withDeclaredExtensions({ [URN]: before }, user({ [URN]: values }), { extensions, byDirectory, roleAttribute })
    .extensions[URN];

describe('a declared extension', () => {
  it.each<[string, Record<string, unknown>]>([
    ['texts', { desk: 'D1', shift: 'night', grade: 'b', photo: 'https://x.example/1' }],
    ['values of each type', { armed: false, years: 0, weight: 1.5, joined: '2026-01-31T08:00:00.000Z' }],
    ['lists', { licences: ['crane', 'Tug'], shifts: [{ value: 'x' }, { value: 'y' }] }],
    ['complex values', { berth: { dock: 'N', since: '2026-01-31T08:00:00.000Z' } }],
  ])('takes %s as they are', (_, values) => {
    expect(written(values)).toEqual(values);
  });

  it.each<[string, Record<string, unknown>]>([
    ['desk', { desk: 7 }],
    ['desk', { desk: ['D1'] }],
    ['shift', { shift: 'noon' }],
    ['grade', { grade: 'a' }],
    ['licences', { licences: ['crane', 'plane'] }],
    ['licences', { licences: [7] }],
    ['armed', { armed: 'true' }],
    ['years', { years: 1.5 }],
    ['years', { years: '3' }],
    ['weight', { weight: 'heavy' }],
    ['joined', { joined: 'yesterday' }],
    ['joined', { joined: '2026-01-31' }],
    ['joined', { joined: '2026-13-31T08:00:00Z' }],
    ['photo', { photo: true }],
    ['berth', { berth: 'N' }],
    ['berth.dock', { berth: { since: '2026-01-31T08:00:00Z' } }],
    ['berth.dock', { berth: { dock: 1 } }],
    ['berth.crane', { berth: { dock: 'N', crane: 'x' } }],
    ['hat', { hat: 'x' }],
  ])('names %s as what is wrong with %j', (name, values) => {
    expect(() => written(values)).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE', details: { field: `extensions.${URN}:${name}` } }),
    );
  });

  it('says which values there are', () => {
    expect(() => written({ shift: 'noon' })).toThrow(/Day, Night/);
    expect(() => written({ hat: 'x' })).toThrow(/desk, shift/);
  });

  it('is stored as it is spelled there, times in UTC, one value as a list of one', () => {
    expect(written({ DESK: 'D1', Joined: '2026-01-31T10:00:00+02:00', licences: 'tug', berth: { DOCK: 'N' } })).toEqual(
      {
        desk: 'D1',
        joined: '2026-01-31T08:00:00.000Z',
        licences: ['tug'],
        berth: { dock: 'N' },
      },
    );
  });

  it('lets an immutable value be set once, and sent again', () => {
    expect(written({ badge: '1' })).toEqual({ badge: '1' });
    expect(written({ badge: '1', desk: 'D1' }, { before: { badge: '1' } })).toEqual({ badge: '1', desk: 'D1' });
    for (const badge of ['2', null])
      expect(() => written({ badge }, { before: { badge: '1' } })).toThrow(
        expect.objectContaining({ code: 'IMMUTABLE' }),
      );
  });

  it('passes over what a directory says of a read-only attribute, and takes it from people', () => {
    const options = { before: { score: 5 }, byDirectory: true };
    expect(written({ score: 9, desk: 'D1' }, options)).toEqual({ score: 5, desk: 'D1' });
    expect(written({ desk: 'D1' }, options)).toEqual({ score: 5, desk: 'D1' });
    expect(written({ score: 9 }, { before: { score: 5 } })).toEqual({ score: 9 });
  });

  it('asks for what is required as soon as there is anything', () => {
    const strict = { ...crew, attributes: [...crew.attributes, attribute('crewId', { required: true })] };
    const options = { extensions: [strict] };
    expect(() => written({ desk: 'D1' }, options)).toThrow(
      expect.objectContaining({ details: { field: `extensions.${URN}:crewId` } }),
    );
    expect(written({ desk: 'D1', crewId: '7' }, options)).toEqual({ desk: 'D1', crewId: '7' });
    expect(written({}, { ...options, before: { desk: 'D1', crewId: '7' } })).toBeUndefined();
  });

  it('does not look at what is older than the declaration', () => {
    const before = { shift: 'noon', hat: 'x' };
    expect(written({ ...before, desk: 'D1' }, { before })).toEqual({ ...before, desk: 'D1' });
    expect(written({ shift: 'Day' }, { before })).toEqual({ shift: 'Day' });
    expect(written({ hat: 'y' }, { before, byDirectory: true })).toEqual({ hat: 'y' });
  });

  it('leaves it to the roles which values the attribute that carries them may have, and still minds its type', () => {
    const options = { byDirectory: true, roleAttribute: `${URN.toUpperCase()}:LICENCES` };
    expect(written({ licences: ['Harbour master'] }, options)).toEqual({ licences: ['Harbour master'] });
    expect(() => written({ licences: [7] }, options)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });

  it('is free when nobody declares it, and the first declaration counts when several do', () => {
    expect(written({ anything: [1, 'x'] }, { extensions: [] })).toEqual({ anything: [1, 'x'] });
    const other = { ...crew, urn: URN.toUpperCase(), attributes: [attribute('desk', { type: 'integer' })] };
    expect(written({ desk: 'D1' }, { extensions: [crew, other] })).toEqual({ desk: 'D1' });
    expect(() => written({ desk: 'D1' }, { extensions: [other, crew] })).toThrow();
  });

  it('checks what is write-only, and keeps nothing of it', () => {
    expect(written({ desk: 'D1', pin: 4711, locker: { code: 'x', label: 'a' } })).toEqual({
      desk: 'D1',
      locker: { label: 'a' },
    });
    expect(written({ pin: 4711 })).toBeUndefined();
    expect(() => written({ pin: 'secret' })).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });

  it('keeps the read-only part of a complex value whatever a directory says, and lets people fill it in', () => {
    const before = { locker: { fee: '5', label: 'a' } };
    const by = (byDirectory: boolean) => written({ locker: { fee: '9', label: 'b' } }, { before, byDirectory });
    expect(by(true)).toEqual({ locker: { fee: '5', label: 'b' } });
    expect(by(false)).toEqual({ locker: { fee: '9', label: 'b' } });
  });

  it('refuses another value for the immutable part of a complex value', () => {
    const before = { locker: { number: '7' } };
    expect(written({ locker: { number: '7', label: 'a' } }, { before })).toEqual({
      locker: { number: '7', label: 'a' },
    });
    expect(() => written({ locker: { number: '8' } }, { before })).toThrow(
      expect.objectContaining({ code: 'IMMUTABLE' }),
    );
  });
});
