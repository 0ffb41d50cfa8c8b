import { flooded } from './flood-watcher.js';
import type { LogConsumer } from './log-consumer.js';
import { summedUp } from './summed-up.js';

/** Who looks at new changes, in this order. */
export const LOG_CONSUMERS: readonly LogConsumer[] = [flooded, summedUp];
