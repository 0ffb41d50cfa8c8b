import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CoreUnreachable } from '#gateway/core/core-failure.js';
import { type LoggedRequest, RequestLog } from '#gateway/core/request-log.js';
import type { Door } from '#schema/gateway-door.js';
import type { AppendRequestLogInput, ToleranceBatchInput } from '#schema/generated/gateway.js';

const anEntry = (entry: Partial<LoggedRequest> = {}): LoggedRequest => ({
  requestId: randomUUID(),
  companyId: 'c-1',
  credentialId: 't-1',
  at: Date.parse('2026-11-22T08:00:00.000Z'),
  method: 'GET',
  path: '/scim/v2/Users',
  status: 200,
  durationMs: 1,
  tolerances: [],
  operations: [],
  ...entry,
});

function aLog(door: (batch: LoggedRequest[]) => Promise<boolean>, now?: () => number) {
  const batches: LoggedRequest[][] = [];
  const tallies: ToleranceBatchInput[] = [];
  const records: { msg: string; count: number }[] = [];
  const knock: Door = async ({ variables }) => {
    const { entriesJson, tolerances } = variables.input as AppendRequestLogInput;
    const entries = entriesJson as LoggedRequest[]; // JSON
    if (tolerances) tallies.push(tolerances);
    if (!(await door(entries))) throw new CoreUnreachable(new Error('away'));
    batches.push(entries);
    return { data: { appendRequestLog: { appended: true } } };
  };
  const log = pino({ level: 'info' }, { write: (line: string) => void records.push(JSON.parse(line)) });
  return { requestLog: new RequestLog({ door: knock, gatewayKey: 'key', log }, now), batches, tallies, records };
}

const taken = async () => true;

describe('the request log of the gateway', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('sends what came within a second at once', async () => {
    const { requestLog, batches } = aLog(taken);
    const entries = [anEntry(), anEntry()];
    for (const entry of entries) requestLog.add(entry);
    expect(batches).toEqual([]);

    await vi.advanceTimersByTimeAsync(1_000);

    expect(batches).toEqual([entries]);
  });

  it('sends 250 without waiting for the second, and one batch at a time', async () => {
    let release = (): void => undefined;
    let running = 0;
    let most = 0;
    const { requestLog, batches } = aLog(async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      running--;
      return true;
    });
    for (let i = 0; i < 600; i++) requestLog.add(anEntry());
    for (let i = 0; i < 3; i++) {
      await vi.advanceTimersByTimeAsync(2_000);
      release();
      await vi.advanceTimersByTimeAsync(0);
    }

    expect(batches.map(({ length }) => length)).toEqual([250, 250, 100]);
    expect(most).toBe(1);
  });

  it('tries once more, with the same entries', async () => {
    let failures = 1;
    const { requestLog, batches, records } = aLog(async () => failures-- <= 0);
    const entry = anEntry();
    requestLog.add(entry);

    await vi.advanceTimersByTimeAsync(1_000);

    expect(batches).toEqual([[entry]]);
    expect(records).toEqual([]);
  });

  it('adds up the habits that were met until the next batch, and numbers what it tells', async () => {
    let failures = 1;
    const { requestLog, batches, tallies } = aLog(async () => failures-- <= 0);
    const met = (name: string, count: number, lastAt: string) => ({
      companyId: 'c-1',
      directoryId: 'd-1',
      name,
      count,
      lastAt,
    });
    const count = (...told: ReturnType<typeof met>[]) =>
      requestLog.count(told.map(({ lastAt, ...rest }) => ({ ...rest, at: Date.parse(lastAt) })));
    count(met('ALIAS', 1, '2026-11-22T08:00:00.000Z'), met('NO_SCHEMAS', 1, '2026-11-22T08:00:00.000Z'));
    count(met('ALIAS', 2, '2026-11-22T08:00:00.500Z'));
    count();
    await vi.advanceTimersByTimeAsync(1_000);
    requestLog.add(anEntry());
    await vi.advanceTimersByTimeAsync(1_000);
    count(met('ALIAS', 4, '2026-11-22T08:00:01.000Z'));
    await requestLog.close();

    const { gatewayId } = tallies[0]!;
    const first = {
      gatewayId,
      batch: 1,
      met: [met('ALIAS', 3, '2026-11-22T08:00:00.500Z'), met('NO_SCHEMAS', 1, '2026-11-22T08:00:00.000Z')],
    };
    // The core did not take the first at once.
    expect(tallies).toEqual([
      first,
      first,
      { gatewayId, batch: 2, met: [met('ALIAS', 4, '2026-11-22T08:00:01.000Z')] },
    ]);
    expect(batches.map(({ length }) => length)).toEqual([0, 1, 0]);
  });

  it('drops and counts what the core does not take twice, and goes on', async () => {
    let isAway = true;
    const { requestLog, batches, records } = aLog(async () => !isAway);
    requestLog.add(anEntry());
    requestLog.add(anEntry());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(records.at(-1)).toMatchObject({ msg: 'request-log entries were dropped', count: 2 });

    isAway = false;
    requestLog.add(anEntry());
    await vi.advanceTimersByTimeAsync(1_000);

    expect(batches.map(({ length }) => length)).toEqual([1]);
  });

  it.each([
    ['10,000 entries', 10_600, {}, 10_250],
    ['32 MB', 400, { responseBody: 'x'.repeat(128 * 1024) }, 400],
  ])('holds no more than %s', async (_, count, traits, most) => {
    let release = (): void => undefined;
    const { requestLog, batches, records } = aLog(
      () =>
        new Promise((resolve) => {
          release = () => resolve(true);
        }),
    );
    for (let i = 0; i < count; i++) requestLog.add(anEntry(traits));
    for (let i = 0; i < 60; i++) {
      await vi.advanceTimersByTimeAsync(1_000);
      release();
      await vi.advanceTimersByTimeAsync(0);
    }

    const sent = batches.flat().length;
    const dropped = records.reduce((sum, each) => sum + each.count, 0);
    expect(sent + dropped).toBe(count);
    expect(dropped).toBeGreaterThan(0);
    expect(sent).toBeLessThanOrEqual(most);
    for (const batch of batches) expect(JSON.stringify(batch).length).toBeLessThan(6 * 1024 * 1024);
  });

  it('takes 120 a minute of those that only claim to be of a company', async () => {
    let now = 0;
    const { requestLog, batches } = aLog(taken, () => now);
    const claim = (companyId: string, count: number) => {
      for (let i = 0; i < count; i++) requestLog.add(anEntry({ companyId, credentialId: null, tokenHash: 'ab' }));
    };
    claim('c-1', 200);
    claim('c-2', 10);
    now = 60_000;
    claim('c-1', 10);

    await requestLog.close();

    expect(batches.flat()).toHaveLength(140);
  });

  it('is closed within seconds, also when the core never answers', async () => {
    const { requestLog, records } = aLog(() => new Promise<boolean>(() => undefined));
    for (let i = 0; i < 251; i++) requestLog.add(anEntry());

    const closed = requestLog.close();
    await vi.advanceTimersByTimeAsync(5_000);
    await closed;

    expect(records).toEqual([expect.objectContaining({ msg: 'request-log entries were dropped', count: 1 })]);
  });

  it('sends what is left when it is closed', async () => {
    const { requestLog, batches } = aLog(taken);
    for (let i = 0; i < 700; i++) requestLog.add(anEntry());

    await requestLog.close();

    expect(batches.flat()).toHaveLength(700);
  });

  it('does not hold up the end for a core that is away', async () => {
    let asked = 0;
    const { requestLog, records } = aLog(async () => ++asked < 0);
    for (let i = 0; i < 2_000; i++) requestLog.add(anEntry());

    await requestLog.close();

    expect(asked).toBeLessThanOrEqual(4);
    expect(records.filter(({ msg }) => msg.includes('dropped')).reduce((sum, { count }) => sum + count, 0)).toBe(2_000);
  });
});
