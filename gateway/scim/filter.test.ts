import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScimError } from '#gateway/scim/error.js';
import { type AttrPath, type CompareOp, type FilterNode, parseFilter } from '#gateway/scim/filter.js';

const path = (name: string, at: number, sub: string | null = null, urn: string | null = null): AttrPath => ({
  urn,
  name,
  sub,
  at,
});

const refusal = (text: string): ScimError => {
  try {
    parseFilter(text);
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
};

describe('parseFilter', () => {
  it('reads a comparison with its positions, counted from 1', () => {
    expect(parseFilter('  userName eq "ann"')).toEqual({
      kind: 'compare',
      path: path('userName', 3),
      op: 'eq',
      value: 'ann',
      valueAt: 15,
    });
  });

  it.each(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'])('knows the operator %s in any case', (op) => {
    expect(parseFilter(`a ${op} 1`)).toMatchObject({ kind: 'compare', op });
    expect(parseFilter(`a ${op.toUpperCase()} 1`)).toMatchObject({ kind: 'compare', op });
  });

  it.each<[string, string | number | boolean | null]>([
    ['"a \\"quoted\\" \\\\ word"', 'a "quoted" \\ word'],
    ['"\\b\\f\\n\\r\\t\\/"', '\b\f\n\r\t/'],
    ['"\\u00e9\\uD83D\\uDE00"', 'é😀'],
    ['"(a) [b] and: c.d"', '(a) [b] and: c.d'],
    ['""', ''],
    ['true', true],
    ['FALSE', false],
    ['null', null],
    ['0', 0],
    ['-12.5e2', -1250],
    ['"True"', 'True'],
  ])('reads the value %s', (text, value) => {
    expect(parseFilter(`a eq ${text}`)).toMatchObject({ value });
  });

  it.each([
    ['jyoung'],
    ['2819c223-7f76-453a-919d-413861904646'],
    ['lea@contoso.example'],
    ['007'],
    ['12345678901234567890'],
    ['2011-05-13T04:42:34Z'],
    ["o'neil"],
  ])('takes the bare word %s for a string, as the Entra documentation writes it', (word) => {
    expect(parseFilter(`externalId eq ${word}`)).toMatchObject({ value: word });
  });

  it('reads the reference check of Entra without quotes', () => {
    expect(parseFilter('id eq u-1 and manager eq u-9')).toMatchObject({
      kind: 'and',
      operands: [
        { path: { name: 'id' }, value: 'u-1' },
        { path: { name: 'manager' }, value: 'u-9' },
      ],
    });
  });

  it('binds and before or, and keeps both flat', () => {
    expect(parseFilter('a pr or b pr AND c pr and d pr Or (e pr or f pr)')).toMatchObject({
      kind: 'or',
      operands: [
        { path: { name: 'a' } },
        { kind: 'and', operands: [{ path: { name: 'b' } }, { path: { name: 'c' } }, { path: { name: 'd' } }] },
        { path: { name: 'e' } },
        { path: { name: 'f' } },
      ],
    });
  });

  it('lets parentheses bind first', () => {
    expect(parseFilter('(a pr or b pr) and c pr')).toMatchObject({
      kind: 'and',
      operands: [{ kind: 'or' }, { kind: 'present' }],
    });
  });

  it.each(['not (a pr)', 'NOT(a pr)', 'not ( ( a pr ) )'])('reads %s', (text) => {
    expect(parseFilter(text)).toMatchObject({ kind: 'not', operand: { kind: 'present', path: { name: 'a' } } });
  });

  it.each<[string, Partial<AttrPath>]>([
    ['name.familyName', { urn: null, name: 'name', sub: 'familyName' }],
    ['members.$ref', { name: 'members', sub: '$ref' }],
    ['testomat_roles', { name: 'testomat_roles', sub: null }],
    [
      'urn:ietf:params:scim:schemas:core:2.0:User:name.familyName',
      { urn: 'urn:ietf:params:scim:schemas:core:2.0:User', name: 'name', sub: 'familyName' },
    ],
    [
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department',
      { urn: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', name: 'department', sub: null },
    ],
    ['urn:scim:schemas:core:1.0:userName', { urn: 'urn:scim:schemas:core:1.0', name: 'userName' }],
    ['urn:acme:v2.0:tag', { urn: 'urn:acme:v2.0', name: 'tag', sub: null }],
  ])('splits the name %s', (text, expected) => {
    expect(parseFilter(`${text} pr`)).toMatchObject({ path: { ...expected, at: 1 } });
  });

  it('reads a value path', () => {
    expect(parseFilter('emails[type eq "work" and not (value co "@x.example")]')).toMatchObject({
      kind: 'valuePath',
      path: { name: 'emails' },
      inner: { kind: 'and', operands: [{ path: { name: 'type' } }, { kind: 'not' }] },
    });
  });

  it.each([
    [
      'emails[type eq "work"].value eq "a"',
      { kind: 'compare', path: path('value', 24), op: 'eq', value: 'a', valueAt: 33 },
    ],
    ['emails[type eq "work"].value pr', { kind: 'present', path: path('value', 24) }],
  ])('moves the sub-attribute of %s into the brackets', (text, term) => {
    expect(parseFilter(text)).toEqual({
      kind: 'valuePath',
      path: path('emails', 1),
      inner: {
        kind: 'and',
        operands: [{ kind: 'compare', path: path('type', 8), op: 'eq', value: 'work', valueAt: 16 }, term],
      },
    });
  });

  it('goes on after a value path', () => {
    expect(parseFilter('emails[type eq work].value eq x and active eq true')).toMatchObject({
      kind: 'and',
      operands: [{ kind: 'valuePath' }, { path: { name: 'active' } }],
    });
  });

  it('counts levels in depth only: many groups and value paths may stand side by side', () => {
    const groups = Array(50).fill('(a pr and emails[b pr])').join(' or ');
    expect(parseFilter(groups)).toMatchObject({ kind: 'or', operands: { length: 50 } });
  });

  it.each<[string, number]>([
    ['', 1],
    ['   ', 4],
    ['userName', 9],
    ['userName eq', 12],
    ['userName is "x"', 10],
    ['userName eq "x', 13],
    ['userName eq "x\\q"', 13],
    ['userName eq "\\u0000"', 13],
    ['userName eq "\\ud800"', 13],
    ['userName eq a\0b', 13],
    ['userName eq "a"and id pr', 16],
    ['userName eq ana maria', 17],
    ["userName eq 'ann'", 13],
    ['userName eq “ann”', 13],
    ['userName eq 1e400', 13],
    ['userName pr and', 16],
    ['userName pr or or id pr', 19],
    ['(userName pr', 13],
    ['userName pr)', 12],
    ['userName[', 10],
    ['emails[type eq "work"', 22],
    ['emails[type eq "work"] eq "x"', 24],
    ['emails[type eq "work"].', 23],
    ['emails[addresses[type pr]]', 17],
    ['name.family.name pr', 1],
    ['__proto__ pr', 1],
    ['9lives pr', 1],
    [':name pr', 1],
    ['not a pr', 5],
    ['eq', 3],
  ])('refuses %j at character %i', (text, at) => {
    const error = refusal(text);
    expect(error).toMatchObject({ status: 400, scimType: 'invalidFilter' });
    expect(error.detail).toContain(`(at character ${at})`);
  });

  it('takes 200 terms and 40 levels, and refuses one more of each', () => {
    const terms = (count: number) => Array(count).fill('a pr').join(' or ');
    const levels = (count: number) => `${'('.repeat(count)}a pr${')'.repeat(count)}`;

    expect(parseFilter(terms(200))).toMatchObject({ kind: 'or' });
    expect(parseFilter(levels(40))).toMatchObject({ kind: 'present' });
    expect(refusal(terms(201)).scimType).toBe('invalidFilter');
    expect(refusal(levels(41)).scimType).toBe('invalidFilter');
  });

  it.each([
    ['parentheses', '('.repeat(10_000)],
    ['negations', 'not('.repeat(10_000)],
    ['an open string', `a eq "${'\\\\'.repeat(32_000)}`],
    ['blanks', ' '.repeat(65_536)],
    ['colons and digits', ':1.1'.repeat(16_000)],
    ['a literal of a megabyte', `a eq "${'x'.repeat(1_000_000)}"`],
  ])('refuses a bomb of %s', (_, text) => {
    expect(refusal(text).scimType).toBe('invalidFilter');
  });

  it('throws nothing but invalidFilter, whatever it is given', () => {
    const pieces = fc.constantFrom(
      'a',
      ' ',
      'eq',
      'pr',
      'and',
      'not',
      '(',
      ')',
      '[',
      ']',
      '"',
      '\\u',
      '.',
      ':',
      '1',
      '\0',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 30 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (filter) => {
        try {
          parseFilter(filter);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ScimError', status: 400, scimType: 'invalidFilter' });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('reads back what was printed from a tree', () => {
    fc.assert(
      fc.property(anyFilter(), (node) => {
        expect(withoutPositions(parseFilter(print(node)))).toEqual(node);
      }),
      { numRuns: 300 },
    );
  });
});

function anyFilter(): fc.Arbitrary<FilterNode> {
  const name = fc.stringMatching(/^[a-z][A-Za-z0-9_-]{0,6}$/).filter((word) => word !== 'not');
  const attrPath = fc.record({
    urn: fc.option(fc.constantFrom('urn:ietf:params:scim:schemas:core:2.0:User', 'urn:acme:v1.5')),
    name,
    sub: fc.option(name),
    at: fc.constant(0),
  });
  const present = fc.record({ kind: fc.constant('present' as const), path: attrPath });
  const compare = fc.record({
    kind: fc.constant('compare' as const),
    path: attrPath,
    op: fc.constantFrom<CompareOp>('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'),
    value: fc.oneof(
      fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
      fc
        .double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 })
        .filter((value) => !Object.is(value, -0)),
      fc.boolean(),
      fc.constant(null),
    ),
    valueAt: fc.constant(0),
  });
  const { plain } = fc.letrec<{ plain: FilterNode }>((tie) => ({
    plain: fc.oneof(
      { depthSize: 'small' },
      present,
      compare,
      ...(['and', 'or'] as const).map((kind) =>
        fc.record({
          kind: fc.constant(kind),
          operands: fc.array(
            tie('plain').filter((operand) => operand.kind !== kind),
            { minLength: 2, maxLength: 4 },
          ),
        }),
      ),
      fc.record({ kind: fc.constant('not' as const), operand: tie('plain') }),
    ),
  }));
  const valuePath = fc.record({ kind: fc.constant('valuePath' as const), path: attrPath, inner: plain });
  return fc.oneof(plain, valuePath);
}

function print(node: FilterNode): string {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.operands.map((operand) => `(${print(operand)})`).join(` ${node.kind} `);
    case 'not':
      return `not (${print(node.operand)})`;
    case 'present':
      return `${printPath(node.path)} pr`;
    case 'compare':
      return `${printPath(node.path)} ${node.op} ${JSON.stringify(node.value)}`;
    case 'valuePath':
      return `${printPath(node.path)}[${print(node.inner)}]`;
  }
}

function printPath({ urn, name, sub }: AttrPath): string {
  return `${urn === null ? '' : `${urn}:`}${name}${sub === null ? '' : `.${sub}`}`;
}

function withoutPositions(node: FilterNode): unknown {
  return JSON.parse(JSON.stringify(node, (key, value) => (key === 'at' || key === 'valueAt' ? 0 : value)));
}
