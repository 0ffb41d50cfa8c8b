import { defineCommand } from 'citty';
import { CommandError } from '#cli/command-error.js';
import { getCompany } from '#cli/company.js';
import { withInstallation } from '#cli/installation.js';
import { readFiles } from '#cli/people/read-files.js';
import { countsOf, type ImportRow } from '#core-api/domain/import/import-row.js';
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
    json: { type: 'boolean', description: 'Print the rows as JSON, and nothing else' },
  },
  async run({ args }) {
    if (args.yes && args['dry-run']) throw new CommandError('--dry-run and --yes exclude each other.');
    const request = { ...readFiles(args.path), removeMissing: args['remove-missing'] ?? false };
    await withInstallation(process.env, async ({ db }) => {
      const actor = await getCompany(db, args.company);
      const imports = new ImportService(db.forCompany(actor.companyId), actor);
      const { rows, hash } = await imports.preview(request);
      const counts = countsOf(rows);
      if (args.json) console.log(JSON.stringify({ counts, rows }));
      else for (const line of [...rows.flatMap(linesOf), summaryOf(counts)]) console.log(line);
      if (counts.refused > 0 && !args['skip-refused'])
        throw new CommandError(`rows are refused, so nothing is done; --skip-refused does the rest.`);
      const writes = counts.create + counts.update + counts.remove;
      if (writes === 0) return;
      if (args.yes) await imports.run(request, { previewHash: hash, onRefused: 'SKIP' });
      if (!args.json) console.log(args.yes ? 'Done.' : 'Nothing was done yet; --yes does it.');
    });
  },
});

const MARKS = { CREATE: '+', UPDATE: '~', SAME: '=', REMOVE: '-', REFUSED: '!' } as const;

function linesOf({ verdict, object, name, line, differences, code, message }: ImportRow): string[] {
  if (verdict === 'SAME') return [];
  const place = line === null ? '' : ` (line ${line})`;
  const why = verdict === 'REFUSED' ? `: ${code}: ${message}` : '';
  const head = `${MARKS[verdict]} ${object.toLowerCase()} ${name}${place}${why}`;
  const changes = verdict === 'UPDATE' ? differences : [];
  return [head, ...changes.map((each) => `    ${each.field}: ${text(each.before)} -> ${text(each.after)}`)].map(
    printable,
  );
}

function summaryOf({ create, update, same, remove, refused }: ReturnType<typeof countsOf>): string {
  return `${create} new, ${update} changed, ${same} the same, ${remove} removed, ${refused} refused.`;
}

const text = (value: unknown) => (value === null ? 'nothing' : JSON.stringify(value));

/** What a file says must not speak to the terminal. */
function printable(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}
