import { defineCommand } from 'citty';
import { CommandError } from '#cli/command-error.js';
import { theCompany } from '#cli/company.js';
import { withInstallation } from '#cli/installation.js';
import { scimProbe } from '#core-api/adapters/scim-probe.js';
import type { CompanyActor } from '#core-api/domain/actor.js';
import { DirectoryService } from '#core-api/domain/directory/directory-service.js';
import type { ProbeStep } from '#core-api/domain/probe/probe.js';
import { ProbeService } from '#core-api/domain/probe/probe-service.js';
import { serverAddress } from '#core-api/noted-address.js';
import type { Database } from '#core-api/persistence/database.js';

const MOST_DIRECTORIES = 100;
const GREEN = '\x1b[32m';
const RED = '\x1b[31m';
const PLAIN = '\x1b[0m';

export const testScimCommand = defineCommand({
  meta: {
    name: 'test-scim',
    description: 'Test a directory of the running server as an identity provider would, in a hidden company',
  },
  args: {
    company: { type: 'string', valueHint: 'SLUG', description: "The company's slug; without it: the only company" },
    directory: {
      type: 'string',
      valueHint: 'NAME|ID',
      description: "The directory's name or id; without it: the only directory of the company",
    },
    json: { type: 'boolean', description: 'Print one JSON object and nothing else' },
  },
  async run({ args }) {
    const report = await withInstallation(process.env, async ({ db: whole }, config) => {
      const { actor, slug } = await theCompany(whole, args.company);
      const db = whole.forCompany(actor.companyId);
      const { id, name } = await theDirectory(db, actor, slug, args.directory);
      const probes = new ProbeService(
        db,
        actor,
        scimProbe(() => serverAddress(config, process.env)),
      );
      return { company: slug, directory: name, ...(await probes.test(id)) };
    });
    if (args.json) console.log(JSON.stringify(report, null, 2));
    else {
      console.log(`SCIM at ${report.url}, for the directory "${report.directory}" of ${report.company}\n`);
      for (const step of report.steps) console.log(linesOf(step));
    }
    const red = report.steps.filter(({ ok }) => ok === false).length;
    if (red > 0) throw new CommandError(`${red} of ${report.steps.length} steps failed.`);
    if (!args.json) console.log('\nAll is well: an identity provider can work with this directory.');
  },
});

/** @throws CommandError */
async function theDirectory(db: Database, actor: CompanyActor, slug: string, named: string | undefined) {
  const { nodes } = await new DirectoryService(db, actor).list({ first: MOST_DIRECTORIES });
  if (named !== undefined) {
    const found = nodes.find(({ id, name }) => id === named || name === named);
    if (!found) throw new CommandError(`${slug} has no directory "${named}".${namesOf(nodes)}`);
    return found;
  }
  const [only] = nodes;
  if (!only) throw new CommandError(`${slug} has no directory.`);
  if (nodes.length > 1)
    throw new CommandError(`${slug} has several directories: say which by --directory NAME.${namesOf(nodes)}`);
  return only;
}

function namesOf(directories: readonly { name: string }[]): string {
  return directories.length === 0 ? '' : ` There are: ${directories.map(({ name }) => `"${name}"`).join(', ')}.`;
}

function linesOf({ ok, title, durationMs, expected, got, howToMend }: ProbeStep): string {
  if (ok === null) return `  skipped  ${title}: ${got}`;
  if (ok) return `  ${coloured(GREEN, 'green')}    ${title} (${durationMs} ms)`;
  const more = [`expected  ${expected}`, `got       ${got}`, `to mend   ${howToMend}`];
  return [`  ${coloured(RED, 'red')}      ${title}`, ...more.map((line) => `             ${line}`)].join('\n');
}

function coloured(colour: string, word: string): string {
  return process.stdout.isTTY && !process.env.NO_COLOR ? `${colour}${word}${PLAIN}` : word;
}
