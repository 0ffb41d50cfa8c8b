import { existsSync, readFileSync } from 'node:fs';

/** A test that a page names, as `[title](file)`: its exact title, and where it is from the page. */
export interface NamedTest {
  title: string;
  file: string;
}

/** The tests that a cell of a table names, parted by semicolons. */
export function testsIn(cell: string): NamedTest[] {
  return [...cell.matchAll(/\[(.+?)\]\((.+?)\)(?:; |$)/g)].map(([, title = '', file = '']) => ({ title, file }));
}

/** The cell as it has to be written, so that nothing stands in it but tests. */
export function cellOf(tests: readonly NamedTest[]): string {
  return tests.map(({ title, file }) => `[${title}](${file})`).join('; ');
}

/** Whether a test is called exactly that: in a source as it is written there, tables' placeholders included, in an exchange as its title. */
export function hasTest(page: URL, { title, file }: NamedTest): boolean {
  const at = new URL(file, page);
  if (!existsSync(at)) return false;
  const text = readFileSync(at, 'utf8');
  if (file.endsWith('.json')) return JSON.parse(text).title === title;
  const written = [`'${title.replaceAll("'", "\\'")}'`, `"${title.replaceAll('"', '\\"')}"`, `\`${title}\``];
  return written.some((literal) => text.includes(`(${literal},`) || opensALine(text, literal));
}

/** The formatter puts a title on a line of its own where the call is long. */
const opensALine = (source: string, literal: string) =>
  source.split('\n').some((line) => line.trimStart().startsWith(`${literal},`));
