/** What one phase on one subject came to. */
export interface PhaseResult {
  phase: string;
  /** Answered as they should be. */
  operations: number;
  /** Anything else: another status, a wrong body, no answer, a write that was not there afterwards. */
  errors: number;
  /** The first of them, to be shown. */
  firstError: string | null;
  /** Of `unit`s, where an operation is several of them. */
  perSecond: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  /** What one operation cost, by what the meter can tell. */
  costs: Costs | null;
}

/** CPU in microseconds, and statements. */
export interface Costs {
  node: number;
  postgres: number;
  /** Null where nobody counts them. */
  statements: number | null;
}

/** Tells what has been spent since some beginning. */
export interface Meter {
  read(): Promise<Costs>;
}

export interface Phase {
  name: string;
  count: number;
  workers: number;
  operation(turn: number, worker: number): Promise<void>;
  /** Users, pages or members that one operation is. */
  units?: number;
  mostSeconds?: number;
  /** Looks afterwards whether what was confirmed is there; throws when it is not. */
  verify?(operations: number): Promise<void>;
}

const MOST_SECONDS = 20;
/** Who fails so often and never succeeds cannot do it at all. */
const MOST_FAILURES = 50;

/**
 * Runs the operation for 0, 1, … `count - 1`, each worker one after another, until all are done or the time is over. Operations that throw are counted
 * as errors and not as operations; their time is left out.
 */
export async function runPhase(phase: Phase, meter: Meter | null = null): Promise<PhaseResult> {
  const { name, count, workers, operation, units = 1, mostSeconds = MOST_SECONDS, verify } = phase;
  const times: number[] = [];
  let next = 0;
  let errors = 0;
  let firstError: string | null = null;
  const failed = (error: unknown) => {
    errors++;
    firstError ??= (error as Error).message;
  };
  const before = await meter?.read();
  const begin = performance.now();
  const deadline = begin + mostSeconds * 1000;
  const work = async (worker: number) => {
    while (next < count && performance.now() < deadline && (times.length > 0 || errors < MOST_FAILURES)) {
      const sent = performance.now();
      try {
        await operation(next++, worker);
        times.push(performance.now() - sent);
      } catch (error) {
        failed(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, count) }, (_, worker) => work(worker)));
  const seconds = (performance.now() - begin) / 1000;
  const after = await meter?.read();
  if (verify && times.length > 0) await verify(times.length).catch(failed);
  times.sort((a, b) => a - b);
  return {
    phase: name,
    operations: times.length,
    errors,
    firstError,
    perSecond: (times.length * units) / seconds,
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
    p99Ms: percentile(times, 0.99),
    costs: before && after ? costsOf(before, after, Math.max(1, times.length)) : null,
  };
}

function costsOf(before: Costs, after: Costs, operations: number): Costs {
  const each = (name: 'node' | 'postgres') => (after[name] - before[name]) / operations;
  const isCounted = before.statements !== null && after.statements !== null;
  return {
    node: each('node'),
    postgres: each('postgres'),
    statements: isCounted ? (after.statements! - before.statements!) / operations : null,
  };
}

/** Phase by phase the median of several runs' figures; errors are added up. */
export function medians(runs: readonly (readonly PhaseResult[])[]): PhaseResult[] {
  return (runs[0] ?? []).map(({ phase }) => {
    const same = runs.flatMap((run) => run.filter((result) => result.phase === phase));
    const median = (figure: (result: PhaseResult) => number) =>
      percentile(
        same.map(figure).sort((a, b) => a - b),
        0.5,
      );
    const costs = same.every((result) => result.costs !== null)
      ? {
          node: median((result) => result.costs!.node),
          postgres: median((result) => result.costs!.postgres),
          statements: same.every((result) => result.costs!.statements !== null)
            ? median((result) => result.costs!.statements!)
            : null,
        }
      : null;
    return {
      phase,
      operations: median(({ operations }) => operations),
      errors: same.reduce((sum, { errors }) => sum + errors, 0),
      firstError: same.find(({ firstError }) => firstError !== null)?.firstError ?? null,
      perSecond: median(({ perSecond }) => perSecond),
      p50Ms: median(({ p50Ms }) => p50Ms),
      p95Ms: median(({ p95Ms }) => p95Ms),
      p99Ms: median(({ p99Ms }) => p99Ms),
      costs,
    };
  });
}

/** The value that `share` of the ascending `sorted` do not exceed (nearest rank); 0 of an empty list. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
