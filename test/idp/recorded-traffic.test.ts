import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Captured, differencesFrom, readRecorded, recordedFolders, send } from '#test/idp/recorded.js';
import { ToleranceLedger } from '#test/idp/tolerances.js';
import { startRollcall } from '#test/support/rollcall.js';

describe.each(['one-process', 'two-processes'] as const)('recorded traffic, %s', (mode) => {
  let rollcall: Awaited<ReturnType<typeof startRollcall>>;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
  });
  afterAll(() => rollcall?.stop());

  describe.each(recordedFolders())('%s', (folder) => {
    let token: string;
    let ledger: ToleranceLedger;
    const captured: Captured = new Map();
    beforeAll(async () => {
      const company = await rollcall.newCompany();
      token = company.scimToken;
      ledger = new ToleranceLedger(folder, company);
      captured.set('base', company.scimBaseUrl);
    });

    // In the order of their numbers, each standing on the ones before it, as the provider sends them.
    for (const { file, exchange } of readRecorded(folder)) {
      it(`${file}: ${exchange.title}`, async () => {
        const answer = await send(exchange.request, token, captured);
        ledger.note(file, exchange, answer);
        expect(differencesFrom(exchange, answer, captured)).toEqual([]);
      });
    }

    it('has exactly the habits that the files say, and they are counted for the directory', async () => {
      expect(await ledger.differences()).toEqual([]);
    });
  });
});
