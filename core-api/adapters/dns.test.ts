import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DnsServer, startDnsServer } from '#test/support/dns-server.js';
import { dnsTxt } from './dns.js';

let server: DnsServer;
beforeAll(async () => {
  server = await startDnsServer();
});
afterAll(() => server.close());

const lookUp = (name: string) => dnsTxt([server.address])(name);

it('gives the texts of all records, a long one in one piece', async () => {
  const long = 'x'.repeat(600);
  server.texts.set('_rollcall.acme.example', ['v=spf1 -all', long]);

  expect((await lookUp('_rollcall.acme.example')).sort()).toEqual(['v=spf1 -all', long]);
});

it('gives none where there is no such name, and where the name has other records', async () => {
  server.texts.set('empty.example', []);

  expect(await lookUp('nowhere.example')).toEqual([]);
  expect(await lookUp('empty.example')).toEqual([]);
});

it('fails when the server does, and when nobody answers in time', async () => {
  server.otherwise = 'SERVFAIL';
  await expect(lookUp('failing.example')).rejects.toThrow();
  server.otherwise = 'SILENCE';
  await expect(lookUp('silent.example')).rejects.toThrow();
}, 15_000);
