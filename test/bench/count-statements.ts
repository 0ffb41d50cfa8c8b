// Loaded into the server that is measured (`node --import`): counts what it sends to PostgreSQL, and tells its parent when asked.
import pg from 'pg';

let statements = 0;
const { query } = pg.Client.prototype;
const ENDS = new Set(['begin', 'commit', 'rollback']);

pg.Client.prototype.query = function counted(this: pg.Client, ...args: unknown[]) {
  const [first] = args;
  if (typeof first !== 'string' || !ENDS.has(first)) statements++;
  return (query as (...args: unknown[]) => unknown).apply(this, args);
} as typeof query;

process.on('message', (message) => {
  if (message === 'statements') process.send?.({ statements });
});
process.channel?.unref();
// However the bench came to its end, nobody asks this server anything any more.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
