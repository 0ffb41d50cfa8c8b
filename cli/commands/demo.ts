import { setTimeout as delay } from 'node:timers/promises';
import { defineCommand } from 'citty';
import { CommandError } from '#cli/command-error.js';
import { demoCompany } from '#cli/demo/demo-company.js';
import { entra } from '#cli/demo/entra.js';
import { countLocalUsers, readResult } from '#cli/demo/graphql.js';
import { HttpClient } from '#cli/demo/http-client.js';
import { okta } from '#cli/demo/okta.js';
import { onelogin } from '#cli/demo/onelogin.js';
import { makePeople } from '#cli/demo/people.js';
import { ProgressBar } from '#cli/demo/progress-bar.js';
import { closingLines } from '#cli/demo/report.js';
import { CONCURRENCY, ScimCaller, simulate } from '#cli/demo/simulator.js';
import { withInstallation } from '#cli/installation.js';
import { wholeNumber } from '#cli/whole-number.js';
import { loadCoreConfig } from '#core-api/config.js';
import { serverAddress } from '#core-api/noted-address.js';

const PROVIDERS = { okta, entra, onelogin };
const MOST_USERS = 100_000;
const READY_WITHIN_MS = 15_000;
const RETRY_AFTER_MS = 200;

export const demoCommand = defineCommand({
  meta: {
    name: 'demo',
    description:
      'Play an identity provider against the running server: a company fills, changes, and some people leave it',
  },
  args: {
    users: {
      type: 'string',
      default: '200',
      valueHint: 'N',
      description: 'How many users the company has in the end, its owner included',
    },
    idp: {
      type: 'enum',
      options: ['okta', 'entra', 'onelogin'],
      default: 'okta',
      description: 'Whose requests to send',
    },
    company: {
      type: 'string',
      valueHint: 'NAME',
      description:
        'The company to play in; made when it is missing. Without it: the newest that no identity provider has touched',
    },
    url: {
      type: 'string',
      valueHint: 'URL',
      description:
        'Where the server is; without it: http://HOST:PORT, as the settings have them (http://127.0.0.1:4000)',
    },
    'graphql-url': {
      type: 'string',
      valueHint: 'URL',
      description: 'Where GraphQL is, when core-api and gateway run apart; without it: URL/graphql',
    },
    token: {
      type: 'string',
      valueHint: 'TOKEN',
      description: 'A SCIM token of the company, when its database is out of reach',
    },
    'api-key': { type: 'string', valueHint: 'KEY', description: 'An API key of the same company' },
  },
  async run({ args }) {
    const users = wholeNumber('users', args.users, 2, MOST_USERS);
    const baseUrl = args.url ? httpUrl('url', args.url) : serverAddress(loadCoreConfig(process.env), process.env);
    const graphqlUrl = args['graphql-url'] ? httpUrl('graphql-url', args['graphql-url']) : `${baseUrl}/graphql`;
    if (Boolean(args.token) !== Boolean(args['api-key'])) {
      throw new CommandError('--token and --api-key belong together: give both, or neither.');
    }
    await untilReady(baseUrl);
    const given =
      args.token && args['api-key'] ? { scimToken: args.token, apiKey: args['api-key'], companySlug: null } : null;
    const { scimToken, apiKey, companySlug } =
      given ??
      (await withInstallation(process.env, (installation) => demoCompany(installation, baseUrl, args.company ?? null)));

    const idp = PROVIDERS[args.idp as keyof typeof PROVIDERS];
    const core = new HttpClient(graphqlUrl, apiKey, 1);
    const gateway = new HttpClient(`${baseUrl}/scim/v2`, scimToken, CONCURRENCY);
    try {
      const localUsers = await countLocalUsers(core);
      const people = makePeople(Math.max(1, users - localUsers), `${companySlug ?? 'demo'}.example`);
      const begin = performance.now();
      const outcome = await simulate(
        idp,
        new ScimCaller(gateway, idp.headers),
        people,
        new ProgressBar(process.stderr),
      );
      const seconds = (performance.now() - begin) / 1000;
      const result = await readResult(core);
      const { milliseconds, pauses } = gateway;
      console.log(
        closingLines({
          idpName: idp.name,
          companySlug,
          graphqlUrl,
          apiKey,
          outcome,
          localUsers,
          result,
          seconds,
          milliseconds,
          pauses,
        }),
      );
    } finally {
      await Promise.all([core.close(), gateway.close()]);
    }
  },
});

function httpUrl(option: string, text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '');
  throw new CommandError(`--${option} must be an address like http://127.0.0.1:4000, and is "${text}".`);
}

/** Waits for a server that is still coming up. @throws CommandError with what to do about it. */
async function untilReady(baseUrl: string): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const status = await fetch(`${baseUrl}/health/ready`, { signal: AbortSignal.timeout(READY_WITHIN_MS) }).then(
      (answer) => answer.status,
      () => null,
    );
    if (status === 200) return;
    if (status === null) {
      throw new CommandError(`nothing answers at ${baseUrl}: start the server with npm start, or give --url.`);
    }
    if (status !== 503 || Date.now() > giveUpAt) {
      throw new CommandError(`the server at ${baseUrl} does not get ready: GET /health/ready is answered ${status}.`);
    }
    await delay(RETRY_AFTER_MS);
  }
}
