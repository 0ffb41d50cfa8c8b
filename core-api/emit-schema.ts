import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printSchema } from 'graphql';
import { buildCoreSchema } from './graphql/schema.js';

const FILE = fileURLToPath(new URL('../schema/core.graphql', import.meta.url));

/** The text of the schema, as it is committed. */
export async function emitSchema(): Promise<string> {
  return `${printSchema(await buildCoreSchema())}\n`;
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
