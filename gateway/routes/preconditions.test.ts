import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Exchange } from '#gateway/routes/exchange.js';
import { expectedVersion, isNotModified } from '#gateway/routes/preconditions.js';

const request = (headers: IncomingHttpHeaders) => ({ headers }) as Exchange['req'];
const REFUSED = expect.objectContaining({ status: 412 });
const unread = () => Promise.reject(new Error('It was read.'));

describe('I-18: If-Match of a write', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['*', null],
    [' * ', null],
    ['W/"3"', 3],
    ['"12"', 12],
    ['w/"3"', 'refused'],
    ['3', 'refused'],
    ['W/3', 'refused'],
    ['W/"x"', 'refused'],
    ['W/"99999999999"', 'refused'],
    ['W/"3', 'refused'],
    ['*, W/"3"', 'refused'],
    [',', 'refused'],
    ['W/"3",', 'refused'],
  ])('%s is passed on as %s, and nothing is read', async (match, expected) => {
    const answer = expectedVersion(request({ 'if-match': match }), unread);
    if (expected === 'refused') await expect(answer).rejects.toEqual(REFUSED);
    else expect(await answer).toBe(expected);
  });
});

describe('I-18: what one version cannot say is decided by the version that is there, here 3', () => {
  it.each<[string | undefined, string | undefined, number | 'refused']>([
    ['W/"1", W/"3"', undefined, 3],
    ['"1","3" , W/"x"', undefined, 3],
    ['W/"1", W/"2"', undefined, 'refused'],
    [undefined, '*', 'refused'],
    [undefined, 'W/"3"', 'refused'],
    [undefined, '"2", "3"', 'refused'],
    [undefined, 'W/"2"', 3],
    [undefined, 'nonsense', 3],
    ['W/"3"', 'W/"2"', 3],
    ['W/"3"', 'W/"3"', 'refused'],
    ['W/"2"', 'W/"1"', 'refused'],
    ['nonsense', 'W/"1"', 'refused'],
  ])('If-Match %s, If-None-Match %s: %s', async (match, noneMatch, expected) => {
    const answer = expectedVersion(request({ 'if-match': match, 'if-none-match': noneMatch }), async () => 3);
    if (expected === 'refused') await expect(answer).rejects.toEqual(REFUSED);
    else expect(await answer).toBe(expected);
  });
});

describe('I-18: a read of W/"3"', () => {
  it.each<[string | undefined, string | undefined, 200 | 304 | 412]>([
    [undefined, 'W/"3"', 304],
    [undefined, '"3"', 304],
    [undefined, '"1", W/"3" , "x"', 304],
    [undefined, '*', 304],
    [undefined, 'W/"4"', 200],
    [undefined, '"a,"3"', 200],
    [undefined, '', 200],
    [undefined, '3', 200],
    [undefined, undefined, 200],
    ['W/"3"', undefined, 200],
    ['"1", "3"', undefined, 200],
    ['*', undefined, 200],
    ['', undefined, 200],
    ['W/"2"', undefined, 412],
    ['nonsense', undefined, 412],
    ['W/"3"', 'W/"3"', 304],
    ['W/"2"', 'W/"3"', 412],
  ])('with If-Match %s and If-None-Match %s is %i', (match, noneMatch, status) => {
    const read = () => isNotModified(request({ 'if-match': match, 'if-none-match': noneMatch }), 'W/"3"');
    if (status === 412) expect(read).toThrow(REFUSED);
    else expect(read()).toBe(status === 304);
  });
});
