import { type RawBuilder, sql } from 'kysely';
import { type Builder, compileNow, statement } from '../statement.js';

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

interface Counted {
  /** sha256 of whom or from where, hex. */
  key: string;
  /** With this one. */
  count: number;
  /** Until the count begins anew. */
  secondsLeft: number;
  /** Whether `known` is remembered. */
  isKnown: boolean;
}

/**
 * Counts one attempt under several keys at once, each with a window of its own; a row for each. In the order of the keys, so that two at once
 * don't wait for each other in a circle.
 */
export const countAttempt = statement<{ keys: Buffer[]; seconds: number[]; known: Buffer }, Counted>((db, p) =>
  asCompilable(
    db,
    sql`with a as (
      insert into sign_in_attempt as t (key_hash, count, window_ends_at)
      select k.hash, 1, now() + make_interval(secs => k.seconds) from unnest(${p('keys')}::bytea[], ${p('seconds')}::int[]) as k(hash, seconds)
      order by k.hash
      on conflict (key_hash) do update set
        count = case when t.window_ends_at <= now() then 1 else t.count + 1 end,
        window_ends_at = case when t.window_ends_at <= now() then excluded.window_ends_at else t.window_ends_at end
      returning key_hash, count, window_ends_at)
    select encode(a.key_hash, 'hex') as key, a.count, greatest(1, ceil(extract(epoch from a.window_ends_at - now())))::int as "secondsLeft",
      exists (select from sign_in_attempt o where o.key_hash = ${p('known')}::bytea and o.window_ends_at > now()) as "isKnown"
    from a`,
  ),
);

/** Takes an attempt back that has succeeded, and remembers `known` for `days`. */
export const takeBackAttempt = statement<{ keys: Buffer[]; known: Buffer; days: number }, never>((db, p) =>
  asCompilable(
    db,
    sql`with held as (select t.key_hash from sign_in_attempt t where t.key_hash = any(${p('keys')}::bytea[]) order by t.key_hash for update),
      taken as (update sign_in_attempt t set count = greatest(t.count - 1, 0) from held where t.key_hash = held.key_hash)
    insert into sign_in_attempt as k (key_hash, count, window_ends_at)
    values (${p('known')}::bytea, 0, now() + make_interval(days => ${p('days')}::int))
    on conflict (key_hash) do update set window_ends_at = excluded.window_ends_at`,
  ),
);

/** Those whose window is over say nothing any more. */
export const deleteOldAttempts = compileNow<never>((db) =>
  db.deleteFrom('sign_in_attempt').where(sql<boolean>`window_ends_at < now()`),
);
