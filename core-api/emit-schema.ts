import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isIntrospectionType, isSpecifiedScalarType, printType } from 'graphql';
import { coreSchema } from './graphql/schema.js';

const FILE = fileURLToPath(new URL('../schema/core.graphql', import.meta.url));

const FIRST = ['Query', 'Mutation'];

/** The text of the schema, as it is committed: what can be asked first, then all types by name, fields in the order of the code. */
export async function emitSchema(): Promise<string> {
  const schema = await coreSchema();
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .sort((a, b) => place(a.name) - place(b.name) || (a.name < b.name ? -1 : 1));
  return `${types.map(printType).join('\n\n')}\n`;
}

function place(name: string): number {
  const at = FIRST.indexOf(name);
  return at === -1 ? FIRST.length : at;
}

/** Writes schema/core.graphql; with `--check`, only tells whether it is up to date. */
async function main(): Promise<void> {
  const text = await emitSchema();
  if (!process.argv.includes('--check')) return writeFileSync(FILE, text);
  if (readFileSync(FILE, 'utf8') === text) return;
  console.error('schema/core.graphql is not what the code emits; run `npm run emit-schema` and look at what changed.');
  process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
