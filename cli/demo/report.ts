import { type DemoResult, RESULT_QUERY } from './graphql.js';
import type { Outcome } from './simulator.js';

interface Facts {
  idpName: string;
  companySlug: string | null;
  graphqlUrl: string;
  apiKey: string;
  outcome: Outcome;
  /** Users that were not made by the identity provider: the owner. */
  localUsers: number;
  result: DemoResult;
  /** How long the identity provider was at work, with the pauses that the server asked for. */
  seconds: number;
  /** One for each request. */
  milliseconds: readonly number[];
  pauses: number;
}

/** The demo's closing lines: what was done, how fast, what to paste, and what it answers. */
export function closingLines(facts: Facts): string {
  const { idpName, companySlug, graphqlUrl, apiKey, outcome, localUsers, result, seconds, milliseconds, pauses } =
    facts;
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const percentile = (share: number) => (sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(1);
  const linked = outcome.users - outcome.created;
  const figure = (label: string, value: number, note = '') =>
    `  ${label.padEnd(26)}${String(value).padStart(7)}${note}`;
  const owner = localUsers === 1 ? '  (the owner, whom no identity provider can lock out)' : '';
  const figures = [
    figure('users { totalCount }', result.users.totalCount),
    figure('  of them active', result.active.totalCount),
    figure(`  from ${idpName}`, outcome.users),
    figure('  local', localUsers, owner),
    figure('teams { totalCount }', result.teams.totalCount),
    ...result.teams.nodes.map(({ displayName, memberCount }) => figure(`  ${displayName}`, memberCount)),
  ];
  const waited = pauses === 0 ? '' : `; the server asked for a pause ${pauses} times (429, Retry-After), and got it`;
  return `
${idpName}${companySlug === null ? '' : ` and the company ${companySlug}`}: ${outcome.created} users created${linked > 0 ? `, ${linked} found and linked` : ''}, \
${outcome.teams} teams pushed, ${outcome.updated} profiles updated, ${outcome.left} people left and were deactivated.
${milliseconds.length} requests in ${seconds.toFixed(1)} s, ${(milliseconds.length / seconds).toFixed(0)} a second; \
p50 ${percentile(0.5)} ms, p95 ${percentile(0.95)} ms${waited}.

What it shows through GraphQL:

  curl ${graphqlUrl} -H 'Authorization: Bearer ${apiKey}' -H 'Content-Type: application/json' \\
    -d '${JSON.stringify({ query: RESULT_QUERY.replace(/\s+/g, ' ') })}'

${figures.join('\n')}`;
}
