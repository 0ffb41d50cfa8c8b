import { defineCommand } from 'citty';
import { CommandError } from '#cli/command-error.js';
import { getCompany } from '#cli/company.js';
import { expiryAfter } from '#cli/expiry.js';
import { withInstallation } from '#cli/installation.js';
import type { CompanyActor } from '#core-api/domain/actor.js';
import type { RotationOverlap } from '#core-api/domain/auth/rotation.js';
import { DirectoryService } from '#core-api/domain/directory/directory-service.js';
import { DirectoryTokens } from '#core-api/domain/directory/directory-tokens.js';
import { UserService } from '#core-api/domain/user/user-service.js';
import type { Database } from '#core-api/persistence/database.js';

const MOST_DIRECTORIES = 100;
const OVERLAPS: Readonly<Record<string, RotationOverlap>> = {
  none: 'NONE',
  '1h': 'ONE_HOUR',
  '1d': 'ONE_DAY',
  '7d': 'SEVEN_DAYS',
  '30d': 'THIRTY_DAYS',
};

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
    from: {
      type: 'string',
      valueHint: 'ADDRESSES',
      description: 'Addresses and blocks (192.0.2.0/24) that it may be used from, separated by commas; without it: any',
    },
    user: {
      type: 'string',
      valueHint: 'USERNAME|ID',
      description: 'The one user of the directory that it is for, at /Me; without it: for the whole directory',
    },
    json,
  },
  async run({ args }) {
    const expiresAt = args.expires ? expiryAfter(args.expires, new Date()) : null;
    const scopes = partsOf(args.scopes);
    const allowedAddresses = args.from ? partsOf(args.from) : [];
    const { directoryToken, secret } = await inCompany(args.company, async (db, actor) => {
      const directory = (await directoriesOf(db, actor)).find(({ id, name }) => [id, name].includes(args.directory));
      if (!directory) throw new CommandError(`${args.company} has no directory "${args.directory}".`);
      const userId = args.user ? await idOfUser(db, actor, args.user) : null;
      const input = { directoryId: directory.id, name: args.name, scopes, expiresAt, allowedAddresses, userId };
      return new DirectoryTokens(db, actor).create(input);
    });
    console.log(
      args.json
        ? JSON.stringify(
            {
              id: directoryToken.id,
              name: directoryToken.name,
              scopes: directoryToken.scopes,
              expiresAt,
              userId: directoryToken.userId,
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
    const tokens = await inCompany(args.company, async (db, actor) => {
      const listed = await directoriesOf(db, actor);
      const tokensOf = await new DirectoryTokens(db, actor).ofDirectories(listed.map(({ id }) => id));
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
    await inCompany(args.company, (db, actor) => new DirectoryTokens(db, actor).revoke(args.id));
    console.log(`Token ${args.id} is revoked.`);
  },
});

const rotateCommand = defineCommand({
  meta: { name: 'rotate', description: 'Replace a SCIM token or an OAuth secret by a new one; it is shown this once' },
  args: {
    company,
    id: { type: 'positional', required: true, description: "The token's id, as token list shows it" },
    overlap: {
      type: 'enum',
      options: Object.keys(OVERLAPS),
      default: '1d',
      description: 'For how long the old one still works',
    },
    json,
  },
  async run({ args }) {
    const overlap = OVERLAPS[args.overlap];
    const { directoryToken, secret, replaced } = await inCompany(args.company, (db, actor) =>
      new DirectoryTokens(db, actor).rotate(args.id, overlap),
    );
    const { id, name, kind, scopes, expiresAt } = directoryToken;
    const oldEndsAt = replaced.revokedAt ?? replaced.expiresAt;
    if (args.json)
      console.log(JSON.stringify({ id, name, kind, scopes, expiresAt, token: secret, oldEndsAt }, null, 2));
    else if (kind === 'CLIENT') console.log(`${id} ${secret}`);
    else console.log(secret);
  },
});

export const tokenCommand = defineCommand({
  meta: { name: 'token', description: 'Make, list, rotate and revoke SCIM tokens' },
  subCommands: { create: createCommand, list: listCommand, rotate: rotateCommand, revoke: revokeCommand },
});

function inCompany<T>(slug: string, work: (db: Database, actor: CompanyActor) => Promise<T>): Promise<T> {
  return withInstallation(process.env, async ({ db }) => work(db, await getCompany(db, slug)));
}

async function directoriesOf(db: Database, actor: CompanyActor) {
  return (await new DirectoryService(db, actor).list({ first: MOST_DIRECTORIES })).nodes;
}

/** Whoever has that userName, else what may be an id: whether it is one, making the token tells. */
async function idOfUser(db: Database, actor: CompanyActor, user: string): Promise<string> {
  return (await new UserService(db, actor).findByUserName(user))?.id ?? user;
}

function partsOf(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

function dayOf(time: Date | string): string {
  return new Date(time).toISOString().slice(0, 10);
}
