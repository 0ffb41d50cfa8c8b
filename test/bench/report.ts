import type { PhaseResult } from './load.js';

/** What the phases came to, of the product and of the limits, as JSON keeps it. */
export interface Measured {
  /** Medians of the tenants after the first. */
  rollcall: PhaseResult[];
  /** The first tenant after the start. */
  first: PhaseResult[];
  lean: PhaseResult[];
  fair: PhaseResult[];
}

export interface Ratio {
  phase: string;
  /** Of the product to the lean limit; null where there is none. */
  ratio: number | null;
}

const WIDTH = 24;

export function printHead(): void {
  line('', ['ops/s', 'p50 ms', 'p95 ms', 'p99 ms', 'Node us', 'PG us', 'SQL', 'errors']);
}

export function printResult({ phase, perSecond, p50Ms, p95Ms, p99Ms, costs, errors, firstError }: PhaseResult): void {
  const cost = (value: number | null | undefined, digits: number) => (value == null ? '-' : value.toFixed(digits));
  line(phase, [
    perSecond.toFixed(0),
    p50Ms.toFixed(2),
    p95Ms.toFixed(2),
    p99Ms.toFixed(2),
    cost(costs?.node, 0),
    cost(costs?.postgres, 0),
    cost(costs?.statements, 2),
    String(errors),
  ]);
  if (firstError) console.log(`  ${phase}: ${firstError}`);
}

/** The medians, beside both limits and the first tenant. */
export function printSummary({ rollcall, first, lean, fair }: Measured): void {
  console.log('');
  line('medians', ['ops/s', 'p95 ms', 'lean limit', 'ratio', 'fair limit', 'ratio', 'first', 'ratio']);
  for (const { phase, perSecond, p95Ms } of rollcall) {
    const of = (results: PhaseResult[]) => results.find((result) => result.phase === phase)?.perSecond;
    const over = (one: number | undefined, other: number | undefined) =>
      one === undefined || !other ? '-' : (one / other).toFixed(2);
    const shown = (value: number | undefined) => value?.toFixed(0) ?? '-';
    const [limit, fairer, cold] = [of(lean), of(fair), of(first)];
    line(phase, [
      perSecond.toFixed(0),
      p95Ms.toFixed(2),
      shown(limit),
      over(perSecond, limit),
      shown(fairer),
      over(perSecond, fairer),
      shown(cold),
      over(cold, limit),
    ]);
  }
}

export function ratiosOf({ rollcall, lean }: Pick<Measured, 'rollcall' | 'lean'>): Ratio[] {
  return rollcall.map(({ phase, perSecond }) => {
    const limit = lean.find((result) => result.phase === phase)?.perSecond;
    return { phase, ratio: limit ? perSecond / limit : null };
  });
}

/** Phase by phase, this run over an earlier one: by the ratio to the limit where there is one, since two runs never meet the same machine. */
export function printComparison(now: readonly Ratio[], then: readonly Ratio[]): void {
  console.log('');
  line('ratio to the limit', ['then', 'now', 'now/then']);
  for (const { phase, ratio } of now) {
    const before = then.find((each) => each.phase === phase)?.ratio;
    if (ratio === null || before == null) continue;
    line(phase, [before.toFixed(3), ratio.toFixed(3), (ratio / before).toFixed(2)]);
  }
}

/** Below this share of an accepted ratio a phase has got slower. */
const ACCEPTED_SHARE = 0.9;

/** @returns the phases that fell below what was accepted, with what they came to */
export function fallenPhases(now: readonly Ratio[], accepted: Readonly<Record<string, number>>) {
  return now.flatMap(({ phase, ratio }) => {
    const wanted = accepted[phase];
    if (ratio === null || wanted === undefined || ratio >= wanted * ACCEPTED_SHARE) return [];
    return [{ phase, ratio, accepted: wanted }];
  });
}

/** How much slower each request got from the first size of the tenant to the last. */
export function printGrowth(growth: readonly { users: number; results: readonly PhaseResult[] }[]): void {
  console.log('');
  line('ops/s by users', [...growth.map(({ users }) => users.toLocaleString('en')), 'slower']);
  for (const { phase, perSecond } of growth[0]?.results ?? []) {
    const speeds = growth.map(({ results }) => results.find((result) => result.phase === phase)?.perSecond ?? 0);
    line(phase, [...speeds.map((speed) => speed.toFixed(0)), `x${(perSecond / speeds.at(-1)!).toFixed(2)}`]);
  }
}

function line(name: string, figures: readonly string[]): void {
  console.log(name.padEnd(WIDTH) + figures.map((figure) => figure.padStart(11)).join(''));
}
