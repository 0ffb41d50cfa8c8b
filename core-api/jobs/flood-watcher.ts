import { watchForFloods } from '#core-api/domain/sync-run/flood-watch.js';
import type { LogConsumer } from './log-consumer.js';

const TAKING = ['user.deactivated', 'user.deleted', 'team.member_removed', 'team.deleted'];

/** Holds what a directory takes away too much of at once. */
export const flooded: LogConsumer = async (tx, { kinds, ...stretch }) => {
  if (TAKING.some((kind) => kinds.has(kind))) await watchForFloods(tx, stretch);
};
