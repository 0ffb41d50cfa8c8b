import { ENTITIES } from './entities/index.js';

/*
 * No statement crosses companies: whatever names a table of tenants has to bind its company. It is checked on the statement's text where it goes to the
 * driver, so that typed SQL and the entity manager pass alike. The check reads `from t a`, `join t a`, `update t a`, `into t (…)` and `using t a`, and
 * wants `a.company_id = …` for each (for an insert, the column). It guards against forgetting, not against malice: it does not see a
 * predicate that an `or` makes void, nor a table behind a comma, which nobody here writes.
 */

/** Global by design: the only tables that a statement may read across companies. */
export const GLOBAL_TABLES: readonly string[] = [
  'company',
  'operator_key',
  'change_epoch',
  'verified_domain',
  'sign_in_attempt',
];

export const TENANT_TABLES: readonly string[] = ENTITIES.map(({ meta }) => meta.tableName).filter(
  (name) => !GLOBAL_TABLES.includes(name),
);

const NAMES = TENANT_TABLES.join('|');
/** Words that can follow a table's name and are no alias. */
const NO_ALIAS = 'on|where|set|using|join|inner|left|cross|order|group|limit|for|values|select|returning|union|default';
const REFERENCE = new RegExp(
  `\\b(from|join|update|into|using)\\s+(?:only\\s+)?"?(${NAMES})"?(?![\\w"."])(?:\\s+(?:as\\s+)?(?!(?:${NO_ALIAS})\\b)"?([a-z_]\\w*)"?)?(?:\\s*\\(([^()]*)\\))?`,
  'gi',
);

/** Values that the entity manager writes into its texts. */
const LITERAL = /E'(?:[^'\\]|\\\\|'')*'|'(?:[^']|'')*'/g;

/** @throws TypeError when the statement names a table of tenants without its company; that is a mistake in the program. */
export function requireCompany(sql: string): void {
  const text = sql.replace(LITERAL, "''");
  for (const [, verb, table, alias, columns] of text.matchAll(REFERENCE)) {
    const isInsert = verb!.toLowerCase() === 'into';
    const isBound = isInsert ? /\bcompany_id\b/.test(columns ?? '') : bindsCompany(text, table!, alias);
    if (!isBound) throw new TypeError(`A statement names ${table} without its company: ${text.slice(0, 200)}`);
  }
}

function bindsCompany(sql: string, table: string, alias: string | undefined): boolean {
  const owner = alias === undefined ? `(?:"?${table}"?\\.)?` : `"?${alias}"?\\.`;
  const column = `(?<![\\w."])${owner}"?company_id"?`;
  return new RegExp(`${column}\\s*=|=\\s*${column}(?!\\w)`, 'i').test(sql);
}
