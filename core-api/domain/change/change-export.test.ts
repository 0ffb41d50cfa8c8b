import { expect, it } from 'vitest';
import { csvCell } from './change-export.js';
import { readExportFilter } from './export-filter.js';

it.each<[unknown, string]>([
  [null, ''],
  ['', ''],
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "x"', '"say ""x"""'],
  ['two\r\nlines', '"two\r\nlines"'],
  ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(1)', "'@SUM(1)"],
  ['\t=1', "'\t=1"],
  ['\r=1', '"\'\r=1"'],
  ['＝1', "'＝1"],
  [{ displayName: '=1' }, '"{""displayName"":""=1""}"'],
])('I-16: %j becomes the cell %s (RFC 4180)', (value, cell) => {
  expect(csvCell(value)).toBe(cell);
});

it('reads the parameters of an export', () => {
  const at = '2026-01-01T00:00:00Z';
  expect(
    readExportFilter([
      ['source', 'SCIM'],
      ['kind', 'user.created'],
      ['field', 'title'],
      ['from', at],
    ]),
  ).toEqual({
    source: { eq: 'DIRECTORY' },
    directoryId: null,
    credentialId: null,
    actorId: null,
    objectId: null,
    kind: { eq: 'user.created' },
    field: 'title',
    at: { ge: at, lt: null },
  });
});

it.each<[[string, string][], string]>([
  [[['knd', 'x']], 'knd'],
  [[['__proto__', 'x']], '__proto__'],
  [[['kind', '']], 'kind'],
  [
    [
      ['kind', 'a'],
      ['kind', 'b'],
    ],
    'kind',
  ],
  [[['from', 'yesterday']], 'from'],
  [[['to', '2026-01-31']], 'to'],
  [[['to', '2026-13-31T00:00:00Z']], 'to'],
  [[['to', '2026-01-31T00:00:00']], 'to'],
])('refuses %j', (parameters, field) => {
  expect(() => readExportFilter(parameters)).toThrow(
    expect.objectContaining({ code: 'INVALID_VALUE', details: { field } }),
  );
});
