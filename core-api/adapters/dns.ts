import { Resolver } from 'node:dns/promises';
import type { LookUpTxt } from '#core-api/domain/ports.js';

const WITHIN_MS = 5_000;
const ONE_TRY_MS = 1_500;
const NOTHING_THERE = new Set(['ENOTFOUND', 'ENODATA']);

/** @param servers addresses, with a port or without; none: those of the system. */
export function dnsTxt(servers: readonly string[] = []): LookUpTxt {
  return async (name) => {
    const resolver = new Resolver({ timeout: ONE_TRY_MS, tries: 2 });
    if (servers.length > 0) resolver.setServers(servers);
    const late = setTimeout(() => resolver.cancel(), WITHIN_MS);
    try {
      const records = await resolver.resolveTxt(name);
      return records.map((parts) => parts.join(''));
    } catch (error) {
      if (NOTHING_THERE.has((error as { code?: string }).code ?? '')) return [];
      throw error;
    } finally {
      clearTimeout(late);
    }
  };
}
