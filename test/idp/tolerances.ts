import { readFileSync, writeFileSync } from 'node:fs';
import { expect, vi } from 'vitest';
import { TOLERANCES, type ToleranceEntry } from '#schema/tolerances.js';
import type { HttpAnswer, RecordedExchange } from '#test/idp/recorded.js';
import { graphqlClient } from '#test/support/clients.js';
import type { TestCompany, TestRollcall } from '#test/support/rollcall.js';

const LOGGED = `query ($requestId: String!) { requestLog(filter: { requestId: $requestId }) { nodes { tolerances { name count } } } }`;
const COUNTED = `{ directories { nodes { id tolerances { name count } } } }`;
const UPDATE = `mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }`;

type Counts = Record<string, number>;
interface Counted {
  name: string;
  count: number;
}

/** Compares which habits the exchanges of a folder have with what the product noted, request by request, and counted for the directory. */
export class ToleranceLedger {
  readonly #sent: { file: string; requestId: string; owed: Counts }[] = [];
  readonly #graphql: ReturnType<typeof graphqlClient>;

  constructor(
    private readonly folder: string,
    private readonly company: TestCompany,
  ) {
    this.#graphql = graphqlClient(company);
  }

  note(file: string, { tolerances = {} }: RecordedExchange, { headers }: HttpAnswer): void {
    this.#sent.push({ file, requestId: String(headers['x-request-id']), owed: tolerances });
  }

  /** One line for each exchange that differs, and one for the sum. `UPDATE_TOLERANCES=1` writes what was met into the files instead. */
  async differences(): Promise<string[]> {
    if (process.env.UPDATE_TOLERANCES) return this.#write();
    const found: string[] = [];
    for (const { file, requestId, owed } of this.#sent) {
      const met = await this.#loggedOf(requestId, owed);
      if (JSON.stringify(met) !== JSON.stringify(sorted(owed)))
        found.push(`${file}: expected ${JSON.stringify(sorted(owed))}, met ${JSON.stringify(met)}`);
    }
    const total: Counts = {};
    for (const { owed } of this.#sent)
      for (const [name, count] of Object.entries(owed)) total[name] = (total[name] ?? 0) + count;
    const counted = await this.#counted();
    if (JSON.stringify(counted) !== JSON.stringify(sorted(total)))
      found.push(`in all: expected ${JSON.stringify(sorted(total))}, counted ${JSON.stringify(counted)}`);
    return found;
  }

  async #write(): Promise<string[]> {
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    for (const { file, requestId } of this.#sent) {
      const url = new URL(`./${this.folder}/${file}`, import.meta.url);
      const met = await this.#loggedOf(requestId, {});
      const { tolerances: _, capture, ...exchange } = JSON.parse(readFileSync(url, 'utf8')) as RecordedExchange;
      const tolerances = Object.keys(met).length > 0 ? { tolerances: met } : {};
      writeFileSync(url, `${JSON.stringify({ ...exchange, ...tolerances, ...(capture && { capture }) }, null, 2)}\n`);
    }
    return [];
  }

  /** Entries come in batches; without a credential there is none. */
  async #loggedOf(requestId: string, owed: Counts): Promise<Counts> {
    const look = async () => {
      const { body } = await this.#graphql(LOGGED, { requestId });
      return (body.data.requestLog.nodes as { tolerances: Counted[] }[]).map(({ tolerances }) => toCounts(tolerances));
    };
    if (Object.keys(owed).length === 0) return (await look())[0] ?? {};
    return vi.waitFor(
      async () => {
        const [met] = await look();
        expect(met).toBeDefined();
        return met ?? {};
      },
      { timeout: 5_000, interval: 100 },
    );
  }

  async #counted(): Promise<Counts> {
    const { body } = await this.#graphql(COUNTED);
    const nodes = body.data.directories.nodes as { id: string; tolerances: Counted[] }[];
    return toCounts(nodes.find(({ id }) => id === this.company.directoryId)?.tolerances ?? []);
  }
}

/** A directory that is strict, save for moments. */
export class StrictDirectory {
  constructor(
    private readonly rollcall: TestRollcall,
    private readonly company: TestCompany,
  ) {}

  /** The gateway knows at once: what is discovered is asked of the core anew. */
  async setStrict(strict: boolean): Promise<void> {
    const { directoryId, scimBaseUrl, scimToken } = this.company;
    const { body } = await graphqlClient(this.company)(UPDATE, { input: { id: directoryId, profile: { strict } } });
    expect(body.errors).toBeUndefined();
    await fetch(`${scimBaseUrl}/ServiceProviderConfig`, { headers: { authorization: `Bearer ${scimToken}` } });
  }

  /** What of an answer is not the refusal of one of the habits that the exchange has; and that nothing changed. */
  async differencesFromRefusal(
    { tolerances = {} }: RecordedExchange,
    send: () => Promise<HttpAnswer>,
  ): Promise<string[]> {
    const before = await this.#changes();
    const { status, text } = await send();
    const { scimType, detail } = JSON.parse(text || '{}') as { scimType?: string; detail?: string };
    const isOwed = Object.keys(tolerances).some((name) => {
      const { refusal } = (TOLERANCES as Record<string, ToleranceEntry>)[name] ?? {};
      // What only the core sees, it refuses in words of its own.
      const isNamed = name === 'CREATED_ON_MISS' || detail?.includes(`(${name})`);
      return isNamed && (typeof refusal === 'number' ? status === refusal : status === 400 && scimType === refusal);
    });
    return [
      ...(isOwed ? [] : [`expected a refusal of ${Object.keys(tolerances).join(', ')}, got ${status} ${text}`]),
      ...((await this.#changes()) === before ? [] : ['it changed something']),
    ];
  }

  async #changes(): Promise<number> {
    const [row] = await this.rollcall.asOwner<{ n: number }>(
      `select count(*)::int as n from change where company_id = '${this.company.companyId}'`,
    );
    return row?.n ?? 0;
  }
}

function toCounts(met: readonly Counted[]): Counts {
  return sorted(Object.fromEntries(met.map(({ name, count }) => [name, count])));
}

function sorted(counts: Counts): Counts {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
