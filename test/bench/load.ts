/** What one phase of one tenant came to. */
export interface PhaseResult {
  phase: string;
  /** Answered as they should be. */
  operations: number;
  /** Anything else: another status, a wrong body, no answer. */
  errors: number;
  /** The first of them, to be shown. */
  firstError: string | null;
  operationsPerSecond: number;
  p50Ms: number;
  p95Ms: number;
}

const MOST_SECONDS = 20;

/**
 * Runs `operation` for 0, 1, … `count - 1`, `concurrency` at a time, until all are done or 20 seconds are over. Operations that throw
 * are counted as errors and not as operations; their time is left out.
 */
export async function runPhase(
  phase: string,
  count: number,
  concurrency: number,
  operation: (index: number) => Promise<void>,
): Promise<PhaseResult> {
  const times: number[] = [];
  let next = 0;
  let errors = 0;
  let firstError: string | null = null;
  const begin = performance.now();
  const deadline = begin + MOST_SECONDS * 1000;
  const worker = async () => {
    while (next < count && performance.now() < deadline) {
      const sent = performance.now();
      try {
        await operation(next++);
        times.push(performance.now() - sent);
      } catch (error) {
        errors++;
        firstError ??= (error as Error).message;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - begin) / 1000;
  times.sort((a, b) => a - b);
  return {
    phase,
    operations: times.length,
    errors,
    firstError,
    operationsPerSecond: times.length / seconds,
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
  };
}

/** Phase by phase the median of several runs' figures; errors are added up. */
export function medians(runs: readonly (readonly PhaseResult[])[]): PhaseResult[] {
  return (runs[0] ?? []).map((_, index) => {
    const same = runs.map((run) => run[index]!);
    const median = (figure: (result: PhaseResult) => number) =>
      percentile(
        same.map(figure).sort((a, b) => a - b),
        0.5,
      );
    return {
      phase: same[0]!.phase,
      operations: median(({ operations }) => operations),
      errors: same.reduce((sum, { errors }) => sum + errors, 0),
      firstError: same.find(({ firstError }) => firstError !== null)?.firstError ?? null,
      operationsPerSecond: median(({ operationsPerSecond }) => operationsPerSecond),
      p50Ms: median(({ p50Ms }) => p50Ms),
      p95Ms: median(({ p95Ms }) => p95Ms),
    };
  });
}

/** The value that `share` of the ascending `sorted` do not exceed (nearest rank); 0 of an empty list. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
