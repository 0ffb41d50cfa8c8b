import type { BenchEnvironment } from './environment.js';
import type { PhaseResult } from './load.js';

/** What the phases came to, of the product and of the limits. */
export interface Measured {
  /** Medians of the tenants after the first. */
  rollcall: PhaseResult[];
  /** The first tenant after the start. */
  first: PhaseResult[];
  lean: PhaseResult[];
  fair: PhaseResult[];
}

/** Of the product to the lean limit, by phase: those that have one. */
export type Ratios = Readonly<Record<string, number>>;

/** What is printed at the end, and can be written as Markdown. */
export interface Table {
  title: string;
  columns: string[];
  /** The first cell of each names it. */
  rows: string[][];
}

const WIDTH = 24;
const LIVE = ['', 'ops/s', 'p50 ms', 'p95 ms', 'p99 ms', 'Node us', 'PG us', 'SQL', 'errors'];

export function printHead(): void {
  printRow(LIVE);
}

export function printResult(result: PhaseResult): void {
  const { phase, perSecond, p50Ms, p95Ms, p99Ms, errors, firstError } = result;
  const times = [p50Ms, p95Ms, p99Ms].map((ms) => ms.toFixed(2));
  printRow([phase, perSecond.toFixed(0), ...times, ...costsOf(result), String(errors)]);
  if (firstError) console.log(`  !! ${phase}: ${firstError}`);
}

/** The medians, beside both limits and the first tenant. */
export function summaryOf({ rollcall, first, lean, fair }: Measured, title: string): Table {
  const columns = ['phase', 'ops/s', 'p50 ms', 'p95 ms', 'p99 ms', 'Node us', 'PG us', 'SQL'];
  columns.push('limit', 'ratio', 'fair limit', 'ratio', 'first tenant', 'ratio');
  const rows = rollcall.map((result) => {
    const { phase, perSecond, p50Ms, p95Ms, p99Ms } = result;
    const of = (results: readonly PhaseResult[]) => results.find((other) => other.phase === phase)?.perSecond;
    const [limit, fairer, cold] = [of(lean), of(fair), of(first)];
    const times = [p50Ms, p95Ms, p99Ms].map((ms) => ms.toFixed(2));
    return [
      ...[phase, perSecond.toFixed(0), ...times, ...costsOf(result)],
      ...[figure(limit), ratio(perSecond, limit), figure(fairer), ratio(perSecond, fairer)],
      ...[figure(cold), ratio(cold, limit)],
    ];
  });
  return { title, columns, rows };
}

export function ratiosOf({ rollcall, lean }: Pick<Measured, 'rollcall' | 'lean'>): Ratios {
  return Object.fromEntries(
    rollcall.flatMap(({ phase, perSecond }) => {
      const limit = lean.find((result) => result.phase === phase)?.perSecond;
      return limit ? [[phase, perSecond / limit]] : [];
    }),
  );
}

/** Phase by phase, this run over an earlier one: by the ratio to the limit, since two runs never meet the same machine. */
export function comparisonOf(now: Ratios, then: Ratios): Table {
  const rows = Object.entries(now).flatMap(([phase, value]) => {
    const before = then[phase];
    return before === undefined ? [] : [[phase, before.toFixed(3), value.toFixed(3), ratio(value, before)]];
  });
  return { title: 'Ratios to the limit, then and now', columns: ['phase', 'then', 'now', 'now/then'], rows };
}

/** Below this share of an accepted ratio a phase has got slower. */
const ACCEPTED_SHARE = 0.9;

/** @returns the phases that fell below what was accepted, with what they came to */
export function fallenPhases(now: Ratios, accepted: Ratios) {
  return Object.entries(now).flatMap(([phase, value]) => {
    const wanted = accepted[phase];
    return wanted === undefined || value >= wanted * ACCEPTED_SHARE ? [] : [{ phase, ratio: value, accepted: wanted }];
  });
}

/** The same phases measured in several ways, and how the last of them compares with the first. */
export function seriesOf(
  title: string,
  ways: readonly { name: string; results: readonly PhaseResult[] }[],
  compared: 'last/first' | 'first/last',
): Table {
  const rows = (ways[0]?.results ?? []).map(({ phase }) => {
    const speeds = ways.map(({ results }) => results.find((result) => result.phase === phase)?.perSecond);
    const [one, other] = compared === 'last/first' ? [speeds.at(-1), speeds[0]] : [speeds[0], speeds.at(-1)];
    return [phase, ...speeds.map(figure), ratio(one, other)];
  });
  return { title, columns: ['ops/s', ...ways.map(({ name }) => name), compared], rows };
}

export function printTable({ title, columns, rows }: Table): void {
  console.log(`\n${title}`);
  for (const row of [columns, ...rows]) printRow(row);
}

export function markdownOf({ cpu, cores, memoryGb, ...versions }: BenchEnvironment, tables: readonly Table[]): string {
  const { node, postgres, rollcall, commit } = versions;
  const lines = [
    `Measured on ${cpu}, ${cores} cores shared by load, server and PostgreSQL, ${memoryGb} GB; Node ${node}, PostgreSQL ${postgres}, Rollcall ${rollcall}, commit ${commit}.`,
  ];
  for (const { title, columns, rows } of tables) {
    const cells = (row: readonly string[]) => `| ${row.join(' | ')} |`;
    const rule = columns.map((_, index) => (index === 0 ? '---' : '---:'));
    lines.push('', `**${title}**`, '', cells(columns), cells(rule), ...rows.map(cells));
  }
  return `${lines.join('\n')}\n`;
}

function costsOf({ costs }: PhaseResult): string[] {
  const cost = (value: number | null | undefined, digits: number) => (value == null ? '-' : value.toFixed(digits));
  return [cost(costs?.node, 0), cost(costs?.postgres, 0), cost(costs?.statements, 2)];
}

/** Of few a second the digit behind the point matters, too. */
export const figure = (value: number | undefined) => value?.toFixed(value < 100 ? 1 : 0) ?? '-';

export const ratio = (one: number | undefined, other: number | undefined) =>
  one === undefined || !other ? '-' : (one / other).toFixed(2);

function printRow([name, ...figures]: readonly string[]): void {
  console.log(name!.padEnd(WIDTH) + figures.map((each) => each.padStart(Math.max(9, each.length + 1))).join(''));
}
