import { beforeAll, describe, expect, it } from 'vitest';
import { aProvider, type Resource, refused } from './provider.js';

describe('paging by index', () => {
  const at = aProvider();
  const all: string[] = [];
  beforeAll(async () => {
    for (let made = 0; made < 7; made++) all.push((await at.aUser({ title: 'paged' })).id);
  });
  const page = async (query: string) =>
    (await at.scim.get(`/Users?filter=title+eq+%22paged%22${query}`)).body as Resource;
  const idsOf = ({ Resources }: Resource): string[] => Resources.map(({ id }: Resource) => id);

  it('RFC 7644 §3.4.2.4: startIndex counts from 1', async () => {
    expect(idsOf(await page('&startIndex=1&count=2'))).toEqual(all.slice(0, 2));
  });

  it('RFC 7644 §3.4.2.4: without startIndex a list begins with the first', async () => {
    expect(idsOf(await page('&count=2'))).toEqual(all.slice(0, 2));
  });

  it('RFC 7644 §3.4.2.4: startIndex is where the page begins, and the answer repeats it', async () => {
    const body = await page('&startIndex=3&count=2');

    expect(idsOf(body)).toEqual(all.slice(2, 4));
    expect(body.startIndex).toBe(3);
  });

  it('RFC 7644 §3.4.2.4: a startIndex below 1 counts as 1', async () => {
    expect(await page('&startIndex=0&count=1')).toMatchObject({ startIndex: 1, Resources: [{ id: all[0] }] });
    expect(await page('&startIndex=-5&count=1')).toMatchObject({ startIndex: 1, Resources: [{ id: all[0] }] });
  });

  it('RFC 7644 §3.4.2.4: a startIndex behind the end is a page of none with the total', async () => {
    expect(await page('&startIndex=100')).toMatchObject({ totalResults: 7, itemsPerPage: 0, Resources: [] });
  });

  it('RFC 7644 §3.4.2.4: count is the most that a page holds', async () => {
    expect(idsOf(await page('&count=3'))).toHaveLength(3);
  });

  it('RFC 7644 §3.4.2.4: count 0 is a page of none with the total', async () => {
    expect(await page('&count=0')).toMatchObject({ totalResults: 7, itemsPerPage: 0, Resources: [] });
  });

  it('RFC 7644 §3.4.2.4: a negative count counts as 0', async () => {
    expect(await page('&count=-1')).toMatchObject({ totalResults: 7, itemsPerPage: 0, Resources: [] });
  });

  it('RFC 7644 §3.4.2.4: a count above what there is gives what there is', async () => {
    expect(idsOf(await page('&count=1000'))).toEqual(all);
  });

  it('RFC 7644 §3.4.2.4: a count above the maximum is no error', async () => {
    expect(await at.scim.get('/Users?count=1000000')).toMatchObject({ status: 200 });
  });

  it('RFC 7644 §3.4.2.4: a count that is no integer is 400 invalidValue', async () => {
    expect(await at.scim.get('/Users?count=many')).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7644 §3.4.2.4: a startIndex that is no integer is 400 invalidValue', async () => {
    expect(await at.scim.get('/Users?startIndex=1.5')).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7644 §3.4.2.4: pages that follow each other are together the whole, each resource once', async () => {
    const walked: string[] = [];
    for (let startIndex = 1; startIndex <= 7; startIndex += 3)
      walked.push(...idsOf(await page(`&startIndex=${startIndex}&count=3`)));

    expect(walked).toEqual(all);
  });

  it('RFC 7644 §3.4.2.4: totalResults is the same on every page', async () => {
    for (const startIndex of [1, 4, 7, 8])
      expect((await page(`&startIndex=${startIndex}&count=3`)).totalResults).toBe(7);
  });

  it('RFC 7644 §3.4.2.4: the last page says how many it holds', async () => {
    expect(await page('&startIndex=7&count=3')).toMatchObject({ itemsPerPage: 1, startIndex: 7 });
  });

  it('RFC 7644 §3.4.2.4: groups are paged like users', async () => {
    await at.aGroup();
    await at.aGroup();
    const { body } = await at.scim.get('/Groups?startIndex=2&count=1');

    expect(body).toMatchObject({ startIndex: 2, itemsPerPage: 1, totalResults: 2 });
  });
});
