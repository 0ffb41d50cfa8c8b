import { beforeAll, describe, expect, it } from 'vitest';
import { addDirectory } from '#test/support/second-directory.js';
import { aProvider, LIST, type Resource, refused } from './provider.js';

describe('paging by cursor', () => {
  const at = aProvider();
  const all: string[] = [];
  beforeAll(async () => {
    for (let made = 0; made < 7; made++) all.push((await at.aUser({ title: 'paged', nickName: `${9 - made}` })).id);
  });
  const FILTER = `filter=${encodeURIComponent('title eq "paged"')}`;
  const page = (cursor: string, query = `${FILTER}&count=3`) =>
    at.scim.get(`/Users?${query}&cursor=${encodeURIComponent(cursor)}`);
  const idsOf = ({ body }: { body: Resource }): string[] => body.Resources.map(({ id }: Resource) => id);
  /** The ids of each page, from the first to the last. */
  const walk = async (query?: string): Promise<string[][]> => {
    const pages: string[][] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const answer = await page(cursor, query);
      pages.push(idsOf(answer));
      cursor = answer.body.nextCursor;
    }
    return pages;
  };

  it('RFC 9865 §2: an empty cursor asks for the first page', async () => {
    const answer = await page('');

    expect(answer).toMatchObject({ status: 200, body: { schemas: [LIST], itemsPerPage: 3 } });
    expect(idsOf(answer)).toEqual(all.slice(0, 3));
  });

  it('RFC 9865 §2: nextCursor asks for the page that follows', async () => {
    const { body } = await page('');

    expect(idsOf(await page(body.nextCursor))).toEqual(all.slice(3, 6));
  });

  it('RFC 9865 §2: the last page has no nextCursor', async () => {
    const first = await page('');
    const second = await page(first.body.nextCursor);
    const third = await page(second.body.nextCursor);

    expect(idsOf(third)).toEqual(all.slice(6));
    expect(third.body).not.toHaveProperty('nextCursor');
  });

  it('RFC 9865 §2: a list that fits on one page has no cursors', async () => {
    const { body } = await page('', `${FILTER}&count=100`);

    expect(body).not.toHaveProperty('nextCursor');
    expect(body).not.toHaveProperty('previousCursor');
  });

  it('RFC 9865 §2: all pages together are the whole, each resource once', async () => {
    expect((await walk()).flat()).toEqual(all);
  });

  it('RFC 9865 §2: previousCursor asks for the page before', async () => {
    const first = await page('');
    const second = await page(first.body.nextCursor);

    expect(idsOf(await page(second.body.previousCursor))).toEqual(idsOf(first));
  });

  it('RFC 9865 §2: the first page has no previousCursor', async () => {
    expect((await page('')).body).not.toHaveProperty('previousCursor');
  });

  it('RFC 9865 §2: a cursor is a text of letters that need no escape in an address', async () => {
    expect((await page('')).body.nextCursor).toMatch(/^[A-Za-z0-9._~-]+$/);
  });

  it('RFC 9865 §2: totalResults is the same on every page', async () => {
    const first = await page('');

    expect(first.body.totalResults).toBe(7);
    expect((await page(first.body.nextCursor)).body.totalResults).toBe(7);
  });

  it('RFC 9865 §2: a page by cursor has no startIndex', async () => {
    expect((await page('')).body).not.toHaveProperty('startIndex');
  });

  it('RFC 9865 §2: without cursor a list is paged by index', async () => {
    const { body } = await at.scim.get(`/Users?${FILTER}&count=3`);

    expect(body.startIndex).toBe(1);
    expect(body).not.toHaveProperty('nextCursor');
  });

  it('RFC 9865 §2: cursor and startIndex together are refused', async () => {
    expect(await page('', `${FILTER}&startIndex=1`)).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 9865 §2: count 0 with a cursor counts alone', async () => {
    expect((await page('', `${FILTER}&count=0`)).body).toMatchObject({ totalResults: 7, Resources: [] });
  });

  it('RFC 9865 §2: a cursor keeps to the order of sortBy', async () => {
    expect((await walk(`${FILTER}&count=3&sortBy=nickName`)).flat()).toEqual(all.toReversed());
  });

  it('RFC 9865 §2: attributes holds for pages by cursor', async () => {
    const { body } = await page('', `${FILTER}&count=1&attributes=title`);

    expect(body.Resources).toEqual([{ schemas: expect.anything(), id: all[0], title: 'paged' }]);
  });

  it('RFC 9865 §2: what is made meanwhile moves nobody who was there', async () => {
    const title = at.name();
    const query = `filter=${encodeURIComponent(`title eq "${title}"`)}&count=2`;
    const before: string[] = [];
    for (let made = 0; made < 4; made++) before.push((await at.aUser({ title })).id);
    const first = await page('', query);
    await at.scim.delete(`/Users/${before[0]}`);
    await at.aUser({ title });

    const second = await page(first.body.nextCursor, query);

    expect(idsOf(second).slice(0, 2)).toEqual(before.slice(2));
  });

  it('RFC 9865 §2: groups are paged by cursor, too', async () => {
    const groups = [await at.aGroup(), await at.aGroup()];
    const first = await at.scim.get('/Groups?cursor&count=1');
    const second = await at.scim.get(`/Groups?cursor=${first.body.nextCursor}&count=1`);

    expect([...idsOf(first), ...idsOf(second)]).toEqual(groups.map(({ id }) => id));
  });

  it('RFC 9865 §2.1: a cursor that is none is 400 invalidCursor', async () => {
    expect(await page('nonsense')).toMatchObject(refused(400, 'invalidCursor'));
  });

  it('RFC 9865 §2.1: a cursor that was changed is 400 invalidCursor', async () => {
    const { nextCursor } = (await page('')).body;
    const other = nextCursor.at(-5) === 'A' ? 'B' : 'A';

    expect(await page(`${nextCursor.slice(0, -5)}${other}${nextCursor.slice(-4)}`)).toMatchObject(
      refused(400, 'invalidCursor'),
    );
  });

  it('RFC 9865 §2.1: a cursor with another filter than it was made for is 400 invalidCursor', async () => {
    const { nextCursor } = (await page('')).body;

    expect(await page(nextCursor, 'count=3')).toMatchObject(refused(400, 'invalidCursor'));
  });

  it('RFC 9865 §2.1: a cursor with another order than it was made for is 400 invalidCursor', async () => {
    const { nextCursor } = (await page('')).body;

    expect(await page(nextCursor, `${FILTER}&count=3&sortBy=title`)).toMatchObject(refused(400, 'invalidCursor'));
  });

  it('RFC 9865 §2.1: a cursor of another client is 400 invalidCursor', async () => {
    const { scim } = await addDirectory(at.company, { name: 'Another client' });
    const { nextCursor } = (await page('')).body;

    expect(await scim.get(`/Users?${FILTER}&count=3&cursor=${nextCursor}`)).toMatchObject(
      refused(400, 'invalidCursor'),
    );
  });

  it('RFC 9865 §2.1: another count than the walk began with is 400 invalidCount', async () => {
    const { nextCursor } = (await page('')).body;

    expect(await page(nextCursor, `${FILTER}&count=2`)).toMatchObject(refused(400, 'invalidCount'));
  });

  it('RFC 9865 §2.1: a count above the maximum is 400 invalidCount', async () => {
    expect(await page('', `${FILTER}&count=1001`)).toMatchObject(refused(400, 'invalidCount'));
  });

  it('RFC 9865 §2.1: a count that is no integer is 400 invalidCount', async () => {
    expect(await page('', `${FILTER}&count=many`)).toMatchObject(refused(400, 'invalidCount'));
  });

  it('RFC 9865 §3: POST to /.search takes a cursor', async () => {
    const search = (cursor: string) =>
      at.scim.post('/Users/.search', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
        filter: 'title eq "paged"',
        count: 3,
        cursor,
      });
    const first = await search('');

    expect(idsOf(first)).toEqual(all.slice(0, 3));
    expect(idsOf(await search(first.body.nextCursor))).toEqual(all.slice(3, 6));
  });

  it('RFC 9865 §4: ServiceProviderConfig says that there are cursors, and pages by index unless one is asked for', async () => {
    expect((await at.scim.get('/ServiceProviderConfig')).body.pagination).toMatchObject({
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
    });
  });

  it('RFC 9865 §4: ServiceProviderConfig says the sizes of pages, and how long a cursor is good', async () => {
    const { pagination } = (await at.scim.get('/ServiceProviderConfig')).body;

    expect(pagination).toMatchObject({ defaultPageSize: 100, maxPageSize: 1000, cursorTimeout: 3600 });
  });
});
