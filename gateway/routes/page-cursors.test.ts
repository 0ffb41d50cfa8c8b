import { describe, expect, it } from 'vitest';
import { PageCursors } from '#gateway/routes/page-cursors.js';
import { CURSOR_TIMEOUT_SECONDS } from '#gateway/scim/list.js';

const PLACE = { row: 'eyJ', isBackwards: false, count: 10, totalResults: 25 };
const LIST = ['directory', 'Users', 'userName sw "a"', 'userName', 'descending'];

const refused = (scimType: string) => expect.objectContaining({ status: 400, scimType });

describe('page cursors', () => {
  const at = { ms: 1_800_000_000_000 };
  const cursors = new PageCursors('key', () => at.ms);
  const cursor = cursors.seal(PLACE, LIST);

  it('are good at every gateway of the same key, and say nothing to whoever reads them', () => {
    expect(new PageCursors('key', () => at.ms).open(cursor, LIST)).toEqual(PLACE);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain(PLACE.row);
    expect(cursors.seal(PLACE, LIST)).not.toBe(cursor);
  });

  it.each(LIST.map((_, i) => i))('are bound to the list they were made for (%i)', (i) => {
    expect(() => cursors.open(cursor, LIST.with(i, 'other'))).toThrow(refused('invalidCursor'));
  });

  it('do not mix up what the texts of a list are made of', () => {
    expect(() => cursors.open(cursors.seal(PLACE, ['a', 'b,c']), ['a,b', 'c'])).toThrow(refused('invalidCursor'));
  });

  it.each([
    ['of another key', new PageCursors('other').seal(PLACE, LIST)],
    ['with another character', `${cursor.slice(0, 30)}${cursor[30] === 'A' ? 'B' : 'A'}${cursor.slice(31)}`],
    ['cut off', cursor.slice(0, -4)],
    ['with more behind it', `${cursor}AAAA`],
    ['of another alphabet', `${cursor.slice(0, -1)}=`],
    ['of the core', Buffer.from('[null,"0199f3a2-0000-7000-8000-000000000000"]').toString('base64url')],
    ['of nothing', ' '],
    ['that is long', 'A'.repeat(50_000)],
  ])('cannot be one %s', (_, forged) => {
    expect(() => cursors.open(forged, LIST)).toThrow(refused('invalidCursor'));
  });

  it('expire', () => {
    at.ms += CURSOR_TIMEOUT_SECONDS * 1000;
    expect(cursors.open(cursor, LIST)).toEqual(PLACE);
    at.ms += 1000;
    expect(() => cursors.open(cursor, LIST)).toThrow(refused('expiredCursor'));
  });
});
