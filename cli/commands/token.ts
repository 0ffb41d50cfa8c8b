import { defineCommand } from 'citty';
import { CommandError } from '#cli/command-error.js';
import { getCompany } from '#cli/company.js';
import { expiryAfter } from '#cli/expiry.js';
import { withInstallation } from '#cli/installation.js';
import { DirectoryService } from '#core-api/domain/directory/directory-service.js';

const MOST_DIRECTORIES = 100;

const company = { type: 'string', required: true, valueHint: 'SLUG', description: "The company's slug" } as const;
const json = { type: 'boolean', description: 'Print JSON and nothing else' } as const;

const createCommand = defineCommand({
  meta: { name: 'create', description: 'Make a SCIM token for a directory; it is shown this once' },
  args: {
    company,
    directory: { type: 'string', required: true, valueHint: 'NAME|ID', description: "The directory's name or id" },
    name: { type: 'string', required: true, valueHint: 'NAME', description: 'What the token will be recognised by' },
    scopes: {
      type: 'string',
      default: 'all',
      valueHint: 'SCOPES',
      description: 'What it is for: all, or some of read, users, groups, separated by commas',
    },
    expires: {
      type: 'string',
      valueHint: '90d',
      description: 'Days (90d) or hours (12h) until it expires; without it: never',
    },
    json,
  },
  async run({ args }) {
    const expiresAt = args.expires ? expiryAfter(args.expires, new Date()) : null;
    const scopes = args.scopes.split(',').map((scope) => scope.trim());
    const { directoryToken, secret } = await inDirectories(args.company, async (directories) => {
      const directory = (await allOf(directories)).find(({ id, name }) => [id, name].includes(args.directory));
      if (!directory) throw new CommandError(`${args.company} has no directory "${args.directory}".`);
      return directories.createToken({ directoryId: directory.id, name: args.name, scopes, expiresAt });
    });
    console.log(
      args.json
        ? JSON.stringify(
            {
              id: directoryToken.id,
              name: directoryToken.name,
              scopes: directoryToken.scopes,
              expiresAt,
              token: secret,
            },
            null,
            2,
          )
        : secret,
    );
  },
});

const listCommand = defineCommand({
  meta: { name: 'list', description: "List a company's SCIM tokens, directory by directory" },
  args: { company, json },
  async run({ args }) {
    const tokens = await inDirectories(args.company, async (directories) => {
      const listed = await allOf(directories);
      const tokensOf = await directories.tokensOf(listed.map(({ id }) => id));
      return listed.flatMap(({ id, name }) => (tokensOf.get(id) ?? []).map((token) => ({ directory: name, ...token })));
    });
    if (args.json) {
      console.log(JSON.stringify(tokens, null, 2));
      return;
    }
    if (tokens.length === 0) console.log(`${args.company} has no tokens.`);
    for (const { id, directory, name, hint, expiresAt, revokedAt, lastUsedAt } of tokens) {
      const state = revokedAt
        ? `revoked ${dayOf(revokedAt)}`
        : expiresAt
          ? `expires ${dayOf(expiresAt)}`
          : 'does not expire';
      const use = lastUsedAt ? `last used ${dayOf(lastUsedAt)}` : 'never used';
      console.log([id, directory, name, hint, state, use].join('  '));
    }
  },
});

const revokeCommand = defineCommand({
  meta: { name: 'revoke', description: 'Revoke a SCIM token; it is refused everywhere within a second' },
  args: {
    company,
    id: { type: 'positional', required: true, description: "The token's id, as token list shows it" },
  },
  async run({ args }) {
    await inDirectories(args.company, (directories) => directories.revokeToken(args.id));
    console.log(`Token ${args.id} is revoked.`);
  },
});

export const tokenCommand = defineCommand({
  meta: { name: 'token', description: 'Make, list and revoke SCIM tokens' },
  subCommands: { create: createCommand, list: listCommand, revoke: revokeCommand },
});

function inDirectories<T>(slug: string, work: (directories: DirectoryService) => Promise<T>): Promise<T> {
  return withInstallation(process.env, async ({ db }) => work(new DirectoryService(db, await getCompany(db, slug))));
}

async function allOf(directories: DirectoryService) {
  return (await directories.list({ first: MOST_DIRECTORIES })).nodes;
}

function dayOf(time: Date | string): string {
  return new Date(time).toISOString().slice(0, 10);
}
