import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPreset } from '#core-api/domain/directory/profile-presets.js';
import {
  type Captured,
  differencesFrom,
  differencesFromQuery,
  fillIn,
  guideFolders,
  readGuide,
  send,
} from '#test/idp/recorded.js';
import { ToleranceLedger } from '#test/idp/tolerances.js';
import { graphqlClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';

describe.each(MODES)('the guides, %s', (mode) => {
  let rollcall: TestRollcall;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
  });
  afterAll(() => rollcall?.stop());

  describe.each(guideFolders())('$folder', ({ folder, preset }) => {
    let token: string;
    let graphql: ReturnType<typeof graphqlClient>;
    let ledger: ToleranceLedger;
    const captured: Captured = new Map();
    beforeAll(async () => {
      const company = await rollcall.newCompany({ preset: checkPreset(preset) });
      token = company.scimToken;
      ledger = new ToleranceLedger(folder, company);
      graphql = graphqlClient(company);
      captured.set('base', company.scimBaseUrl).set('token', token).set('directory', company.directoryId);
    });

    // In the order of their numbers, each standing on the ones before it, as the administrator and the provider go about it.
    for (const { file, exchange } of readGuide(folder)) {
      it(`${file}: ${exchange.title}`, async () => {
        if ('graphql' in exchange) {
          const { query, variables = {} } = exchange.graphql;
          const { body } = await graphql(query, fillIn(variables, captured) as Record<string, unknown>); // an object in, an object out
          expect(differencesFromQuery(exchange, body, captured)).toEqual([]);
        } else {
          const answer = await send(exchange.request, token, captured);
          ledger.note(file, exchange, answer);
          expect(differencesFrom(exchange, answer, captured)).toEqual([]);
        }
      });
    }

    it('has exactly the habits that the files say, and they are counted for the directory', async () => {
      expect(await ledger.differences()).toEqual([]);
    });
  });
});
