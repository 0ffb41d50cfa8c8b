import { defineCommand } from 'citty';
import { CommandError } from '#cli/command-error.js';
import { getCompany } from '#cli/company.js';
import { withInstallation } from '#cli/installation.js';
import { partOf } from '#cli/people/parts.js';
import { readFiles } from '#cli/people/read-files.js';
import { DomainError } from '#core-api/domain/errors.js';
import type { ImportRequest } from '#core-api/domain/import/import-request.js';
import { countsOf, type ImportRow, placeOf } from '#core-api/domain/import/import-row.js';
import { ImportService } from '#core-api/domain/import/import-service.js';

export const importCommand = defineCommand({
  meta: {
    name: 'import',
    description:
      'Bring users, teams and memberships of files into a company; without --yes it only shows what would change',
  },
  args: {
    path: {
      type: 'positional',
      required: true,
      description: 'A CSV file, a SCIM JSON file, or a folder that an export wrote',
    },
    company: { type: 'string', required: true, valueHint: 'SLUG', description: "The company's slug" },
    'dry-run': { type: 'boolean', description: 'Only show what would change, as without --yes' },
    yes: { type: 'boolean', description: 'Do it' },
    'skip-refused': {
      type: 'boolean',
      description: 'Do the rest when rows are refused; without it nothing is done then',
    },
    'remove-missing': {
      type: 'boolean',
      description: 'Members that the file does not name leave the teams whose members it names',
    },
    part: {
      type: 'string',
      valueHint: 'NUMBER',
      description: 'Which part of a file that is too large for one import, counted from 1',
    },
    json: { type: 'boolean', description: 'Print the rows as JSON, and nothing else' },
  },
  async run({ args }) {
    if (args.yes && args['dry-run']) throw new CommandError('--dry-run and --yes exclude each other.');
    const removeMissing = args['remove-missing'] ?? false;
    // Whoever stands in another part would leave.
    if (args.part && removeMissing) throw new CommandError('--part and --remove-missing exclude each other.');
    const request = { ...partOf(readFiles(args.path), args.path, args.part), removeMissing };
    await withInstallation(process.env, async ({ db }) => {
      const actor = await getCompany(db, args.company);
      const imports = new ImportService(db.forCompany(actor.companyId), actor);
      const { rows, hash } = await imports.preview(request);
      const counts = countsOf(rows);
      if (args.json) console.log(JSON.stringify({ counts, rows }));
      else for (const line of [...refusedLast(rows).flatMap(linesOf), summaryOf(counts)]) console.log(line);
      const writes = counts.create + counts.update + counts.remove;
      if (counts.refused > 0 && !args['skip-refused']) {
        const way = writes > 0 ? '; mend them, or let --skip-refused do the rest' : '';
        throw new CommandError(`rows are refused, so nothing is done${way}.`);
      }
      if (args.yes && writes > 0) await run(imports, request, hash);
      if (!args.json)
        console.log(
          writes === 0 ? 'There is nothing to do.' : args.yes ? 'Done.' : 'Nothing was done yet; --yes does it.',
        );
    });
  },
});

/** @throws what the import does, for whoever gives commands */
async function run(imports: ImportService, request: ImportRequest, previewHash: string): Promise<void> {
  try {
    await imports.run(request, { previewHash, onRefused: 'SKIP' });
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'PREVIEW_CHANGED') throw error;
    throw new CommandError('the company was changed meanwhile, so nothing is done; look at what it would do now.');
  }
}

/** Where they are seen, however many rows there are. */
function refusedLast(rows: readonly ImportRow[]): ImportRow[] {
  return rows.toSorted((a, b) => Number(a.verdict === 'REFUSED') - Number(b.verdict === 'REFUSED'));
}

const LONGEST = 200;
const MARKS = { CREATE: '+', UPDATE: '~', SAME: '=', REMOVE: '-', REFUSED: '!' } as const;

function linesOf(row: ImportRow): string[] {
  const { verdict, object, name, line, differences, code, message } = row;
  if (verdict === 'SAME') return [];
  // Where a name is missing, only its place says which row it is.
  const place = line === null && name !== '' ? '' : ` (${placeOf(row)})`;
  const why = verdict === 'REFUSED' ? `: ${code}: ${message}` : '';
  const head = `${MARKS[verdict]} ${object.toLowerCase()} ${short(name)}${place}${why}`;
  const changes = verdict === 'UPDATE' ? differences : [];
  return [head, ...changes.map((each) => `    ${each.field}: ${text(each.before)} -> ${text(each.after)}`)].map(
    printable,
  );
}

function summaryOf({ create, update, same, remove, refused }: ReturnType<typeof countsOf>): string {
  return `${create} new, ${update} changed, ${same} the same, ${remove} removed, ${refused} refused.`;
}

const text = (value: unknown) => (value === null ? 'nothing' : short(JSON.stringify(value)));

function short(value: string): string {
  return value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
}

/** What a file says must not speak to the terminal. */
function printable(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}
