import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { defineCommand } from 'citty';
import { CommandError } from '#cli/command-error.js';
import { getCompany } from '#cli/company.js';
import { withInstallation } from '#cli/installation.js';
import { FILES } from '#cli/people/read-files.js';
import { scimGroups, scimUsers } from '#cli/people/scim-export.js';
import { PEOPLE_EXPORTS } from '#core-api/domain/export/people-export.js';
import { TeamService } from '#core-api/domain/team/team-service.js';
import { UserService } from '#core-api/domain/user/user-service.js';
import { serverAddress } from '#core-api/noted-address.js';

export const exportCommand = defineCommand({
  meta: { name: 'export', description: "Write a company's users, teams and memberships into files" },
  args: {
    company: { type: 'string', required: true, valueHint: 'SLUG', description: "The company's slug" },
    format: {
      type: 'enum',
      options: ['csv', 'scim'],
      default: 'csv',
      description: `csv (${FILES.csv.join(', ')}), or scim (${FILES.scim.join(', ')})`,
    },
    out: { type: 'string', default: '.', valueHint: 'DIR', description: 'The folder to write into' },
  },
  async run({ args }) {
    await withInstallation(process.env, async ({ db: whole }, config) => {
      const actor = await getCompany(whole, args.company);
      const db = whole.forCompany(actor.companyId);
      const readers = { users: new UserService(db, actor), teams: new TeamService(db, actor) };
      const baseUrl = `${serverAddress(config, process.env)}/scim/v2`;
      const pieces = {
        'users.csv': PEOPLE_EXPORTS.users(readers),
        'teams.csv': PEOPLE_EXPORTS.teams(readers),
        'memberships.csv': PEOPLE_EXPORTS.memberships(readers),
        'users.json': scimUsers(readers, baseUrl),
        'groups.json': scimGroups(readers, baseUrl),
      };
      await mkdir(args.out, { recursive: true });
      for (const name of FILES[args.format as keyof typeof FILES]) {
        const path = join(args.out, name);
        await write(path, pieces[name]);
        console.log(path);
      }
    });
  },
});

/** Readable by nobody else: it is about people. @throws CommandError, when there is such a file */
async function write(path: string, pieces: AsyncGenerator<string>): Promise<void> {
  try {
    await pipeline(Readable.from(pieces), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new CommandError(`${path} is there already; nothing is written over.`);
  }
}
