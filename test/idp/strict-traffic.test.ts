import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPreset } from '#core-api/domain/directory/profile-presets.js';
import {
  type Captured,
  differencesFrom,
  differencesFromQuery,
  fillIn,
  guideFolders,
  readGuide,
  recordedFolders,
  send,
} from '#test/idp/recorded.js';
import { StrictDirectory } from '#test/idp/tolerances.js';
import { graphqlClient } from '#test/support/clients.js';
import { LONG_MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

const FOLDERS = [...recordedFolders().map((folder) => ({ folder, preset: 'rollcall' })), ...guideFolders()];

/* The same traffic to strict directories: what has habits is refused and changes nothing, and what has none is answered as everywhere. */
describe.each(LONG_MODES)('recorded traffic to a strict directory, %s', (mode) => {
  let rollcall: TestRollcall;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
  });
  afterAll(() => rollcall?.stop());

  describe.each(FOLDERS)('$folder', ({ folder, preset }) => {
    let company: TestCompany;
    let directory: StrictDirectory;
    const captured: Captured = new Map();
    beforeAll(async () => {
      company = await rollcall.newCompany({ preset: checkPreset(preset) });
      captured.set('base', company.scimBaseUrl).set('token', company.scimToken).set('directory', company.directoryId);
      directory = new StrictDirectory(rollcall, company);
      await directory.setStrict(true);
    });

    for (const { file, exchange } of readGuide(folder)) {
      if ('graphql' in exchange) {
        it(`${file}: ${exchange.title}`, async () => {
          const { query, variables = {} } = exchange.graphql;
          const { body } = await graphqlClient(company)(query, fillIn(variables, captured) as Record<string, unknown>); // an object in, an object out
          expect(differencesFromQuery(exchange, body, captured)).toEqual([]);
        });
        continue;
      }
      const answer = () => send(exchange.request, company.scimToken, captured);
      it(`${file}: ${exchange.title}`, async () => {
        const hasHabits = exchange.tolerances !== undefined;
        if (hasHabits) {
          expect(await directory.differencesFromRefusal(exchange, answer)).toEqual([]);
          await directory.setStrict(false);
        }
        expect(differencesFrom(exchange, await answer(), captured)).toEqual([]);
        if (hasHabits) await directory.setStrict(true);
      });
    }
  });
});
