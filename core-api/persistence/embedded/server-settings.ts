import { totalmem } from 'node:os';

const MIB = 1024 * 1024;

/**
 * postgresql.conf of the embedded server on this machine, which it shares with Rollcall itself. What is not here stays as PostgreSQL has it:
 * docs/performance.md says why, and what was measured.
 */
export function serverSettings(): Record<string, string | number> {
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: `${Math.max(16, Math.min(256, Math.floor(memory / 16 / MIB)))}MB`,
    huge_pages: 'try',
    // What was confirmed stays, whatever falls over.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    // The first change of a page after a checkpoint logs all of it: the rarer the checkpoints, the fewer of these. Compressing them, which this build
    // can by pglz alone, costs a write a quarter more CPU than writing them out.
    checkpoint_timeout: '15min',
    max_wal_size: '2GB',
    wal_compression: 'off',
    jit: 'off',
    idle_in_transaction_session_timeout: '60s',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // What the server itself does. Failing statements carry people's names and addresses, and the application logs its own.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
  };
}
