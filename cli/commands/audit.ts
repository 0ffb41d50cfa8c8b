import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { defineCommand } from 'citty';
import { CommandError } from '#cli/command-error.js';
import { getCompany } from '#cli/company.js';
import { withInstallation } from '#cli/installation.js';
import { type ExportFormat, exportChanges } from '#core-api/domain/change/change-export.js';
import { ChangeService } from '#core-api/domain/change/change-service.js';
import { EXPORT_PARAMETERS, readExportFilter } from '#core-api/domain/change/export-filter.js';
import { type LogVerdict, type NotedSeal, verifyLog } from '#core-api/domain/change/log-verifier.js';
import type { Database } from '#core-api/persistence/database.js';
import { allCompanies } from '#core-api/persistence/stores/old-rows.js';

const verifyCommand = defineCommand({
  meta: {
    name: 'verify',
    description: 'Recompute the change log from its rows, and name the first place where it is not what was sealed',
  },
  args: {
    company: { type: 'string', valueHint: 'SLUG', description: "The company's slug; without it: all companies" },
    noted: {
      type: 'string',
      valueHint: 'NO:ROOT',
      description: 'A seal as an earlier run printed it, which must still be there; with --company',
    },
    json: { type: 'boolean', description: 'Print a line of JSON for each company, and nothing else' },
  },
  async run({ args }) {
    const noted = args.noted === undefined ? null : readNoted(args.noted);
    if (noted && !args.company)
      throw new CommandError('--noted goes with --company: each company has seals of its own.');
    const broken = await withInstallation(process.env, async ({ db }) => {
      const wrong: string[] = [];
      for (const { id, slug } of await companiesOf(db, args.company)) {
        const verdict = await verifyLog(db.forCompany(id), id, noted);
        console.log(args.json ? JSON.stringify({ company: slug, ...verdict }) : `${slug}: ${sentenceOf(verdict)}`);
        if (verdict.broken) wrong.push(slug);
      }
      return wrong;
    });
    if (broken.length > 0) throw new CommandError(`the change log does not hold: ${broken.join(', ')}.`);
  },
});

const exportCommand = defineCommand({
  meta: { name: 'export', description: "Print a company's change log, oldest first" },
  args: {
    company: { type: 'string', required: true, valueHint: 'SLUG', description: "The company's slug" },
    format: { type: 'enum', options: ['csv', 'jsonl'], default: 'jsonl', description: 'csv, or a JSON object a line' },
    ...Object.fromEntries(
      Object.entries(EXPORT_PARAMETERS).map(([name, description]) => [name, { type: 'string', description }] as const),
    ),
  },
  async run({ args }) {
    const given = args as Record<string, unknown>; // the names of EXPORT_PARAMETERS are lost above
    const filter = readExportFilter(
      Object.keys(EXPORT_PARAMETERS).flatMap((name): [string, string][] =>
        typeof given[name] === 'string' ? [[name, given[name]]] : [],
      ),
    );
    await withInstallation(process.env, async ({ db }) => {
      const actor = await getCompany(db, args.company);
      const changes = new ChangeService(db.forCompany(actor.companyId), actor);
      const pieces = exportChanges(changes, filter, args.format as ExportFormat);
      try {
        await pipeline(Readable.from(pieces, { highWaterMark: 1 }), process.stdout, { end: false });
      } catch (error) {
        // Whoever reads only the beginning (`| head`) has what they wanted.
        if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
      }
    });
  },
});

export const auditCommand = defineCommand({
  meta: { name: 'audit', description: 'Verify and export the change log' },
  subCommands: { verify: verifyCommand, export: exportCommand },
});

async function companiesOf(db: Database, slug: string | undefined): Promise<{ id: string; slug: string }[]> {
  if (slug === undefined) return db.run(allCompanies);
  const { companyId } = await getCompany(db, slug);
  return [{ id: companyId, slug }];
}

/** @throws CommandError */
function readNoted(text: string): NotedSeal {
  const [, sealNo, root] = /^([1-9]\d{0,17}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (!sealNo || !root)
    throw new CommandError('--noted is the number and root of a seal, as verify prints them: 12:7f83b1…');
  return { sealNo, root };
}

function sentenceOf({ seals, sealedRows, unsealedRows, newest, broken }: LogVerdict): string {
  const held = `${sealedRows} changes under ${seals} ${seals === 1 ? 'seal' : 'seals'} hold`;
  if (!broken)
    return `${held}, ${unsealedRows} are not sealed yet${newest ? `; note ${newest.sealNo}:${newest.root}` : ''}`;
  const { after, through, message } = broken;
  const isOne = after !== null && after === through;
  const place = isOne ? `at ${after}` : `after ${after ?? 'the beginning'} and up to ${through ?? 'the end'}`;
  return `BROKEN ${place}: ${message}; before that ${held}`;
}
