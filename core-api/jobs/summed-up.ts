import { sumUp } from '#core-api/persistence/stores/totals.js';
import type { LogConsumer } from './log-consumer.js';

/** Keeps totals short: whoever comes or goes appends to them. */
export const summedUp: LogConsumer = async (tx, { companyId }) => {
  await tx.run(sumUp.bind({ companyId }));
};
