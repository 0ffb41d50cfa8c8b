import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { Recording } from '#gateway/routes/recording.js';

const TOKEN = `rcs_${'0'.repeat(21)}1_${'a'.repeat(43)}_000000`;
const OPAQUE = 'Gir4ffe/2048+x';

interface Sent {
  authorization?: string;
  url?: string;
  body?: string;
  answer?: string;
  userAgent?: string;
  status?: number;
  /** Names of an extension's attributes that are write-only. */
  writeOnly?: string[];
}

function entryOf({
  authorization = `Bearer ${TOKEN}`,
  url = '/scim/v2/Users',
  body,
  answer = '',
  userAgent,
  status = 200,
  writeOnly = [],
}: Sent) {
  const recording = new Recording({ clientAddress: '192.0.2.1', userAgent: userAgent ?? null });
  const attributes = writeOnly.map((name) => ({ name, mutability: 'writeOnly' }));
  recording.caller = {
    companyId: 'c-1',
    credentialId: 't-1',
    loggedSuccesses: 'WITH_BODIES',
    recordsBodiesUntil: 0,
    profile: { extensions: [{ attributes }] },
  } as unknown as Recording['caller']; // as much of a profile as is read
  if (body !== undefined) {
    recording.keepBytes(Buffer.from(body));
    recording.body = JSON.parse(body);
  }
  recording.keepAnswer(answer);
  return recording.toEntry({ method: 'POST', url, headers: { authorization } } as IncomingMessage, 'r-1', status)!;
}

describe('what a request leaves behind', () => {
  it('are its texts, as long as nothing in them is secret', () => {
    const entry = entryOf({
      url: '/scim/v2/Users?filter=userName%20eq%20%22ann%40example.com%22',
      body: '{ "userName": "ann",\n "name": {"familyName": "O\\/Neil \\u00fc"}, "n": 1.0 }',
      answer: '{"userName":"ann","meta":{"version":"W/\\"1\\""}}',
      userAgent: 'agent/1.0',
    });

    expect(entry).toMatchObject({
      path: '/scim/v2/Users?filter=userName%20eq%20%22ann%40example.com%22',
      requestBody: '{"userName":"ann","name":{"familyName":"O/Neil ü"},"n":1}',
      responseBody: '{"userName":"ann","meta":{"version":"W/\\"1\\""}}',
      userAgent: 'agent/1.0',
      clientAddress: '192.0.2.1',
    });
  });

  it.each([
    ['ours', TOKEN],
    ['any other', OPAQUE],
  ])('never is its token, in no text and in no form: %s', (_, token) => {
    const entry = entryOf({
      authorization: `Bearer ${token}`,
      url: `/scim/v2/Users/${encodeURIComponent(token)}?x=${token}`,
      body: JSON.stringify({ nickName: `old ${token}` }),
      answer: JSON.stringify({ nickName: `old ${token}`, ref: `http://a/${encodeURIComponent(token)}` }),
      userAgent: `agent ${token}`,
    });

    const said = JSON.stringify(entry);
    expect(said).not.toContain(token);
    expect(said).not.toContain(encodeURIComponent(token));
    expect(entry.responseBody).toBe('{"nickName":"old ***","ref":"http://a/***"}');
  });

  it('never is what one of its texts shows to be secret, whichever that is', () => {
    const entry = entryOf({
      url: '/scim/v2/Users/Zebra-9731',
      answer: '{"nickName":"Zebra-9731"}',
      userAgent: 'agent password=Zebra-9731',
    });

    expect(JSON.stringify(entry)).not.toContain('Zebra-9731');
  });

  it('never is its token, however many other secrets its body holds', () => {
    const body = JSON.stringify({ pin: Array.from({ length: 200 }, (_, i) => `Zebra-${i}`), nickName: OPAQUE });
    const entry = entryOf({ authorization: `Bearer ${OPAQUE}`, body, writeOnly: ['pin'] });

    expect(entry.requestBody).not.toContain(OPAQUE);
  });

  it('never is what its profile declares write-only, though no name tells', () => {
    const body = JSON.stringify({ pin: 'Zebra-9731', nickName: 'Zebra-9731' });

    expect(entryOf({ body, writeOnly: ['pin'] }).requestBody).toBe('{"pin":"***","nickName":"***"}');
  });

  it('holds the beginning of a long body, masked like a short one', () => {
    const body = JSON.stringify({ password: 'Zebra-9731', title: `Zebra-9731 ${'x'.repeat(100_000)}` });
    const failure = entryOf({ body, answer: body, status: 500 });
    const success = entryOf({ body, answer: body });

    for (const [kept, size] of [
      [failure.requestBody, 64],
      [failure.responseBody, 64],
      [success.requestBody, 64],
      [success.responseBody, 16],
    ] as const) {
      expect(kept).toMatch(/^\{"password":"\*\*\*","title":"\*\*\* x+… \(cut\)$/);
      expect(Buffer.byteLength(kept!)).toBeGreaterThan(size * 1024);
      expect(Buffer.byteLength(kept!)).toBeLessThan(size * 1024 + 20);
    }
  });
});
