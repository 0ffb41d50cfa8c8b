import { defineCommand } from 'citty';
import { type Bootstrapped, bootstrap } from '#cli/bootstrapped.js';
import { CommandError } from '#cli/command-error.js';
import { withInstallation } from '#cli/installation.js';
import { serverAddress } from '#core-api/noted-address.js';
import { PROFILE_PRESETS, type ProfilePreset } from '#schema/profile.js';

export const bootstrapCommand = defineCommand({
  meta: {
    name: 'bootstrap',
    description:
      'Make a company that an identity provider can be connected to, with its owner, directory, token and API key',
  },
  args: {
    company: { type: 'string', required: true, valueHint: 'NAME', description: 'Its name' },
    preset: {
      type: 'string',
      default: 'rollcall',
      valueHint: 'PRESET',
      description: `Attribute profile and roles: ${PROFILE_PRESETS.join(', ')}`,
    },
    json: { type: 'boolean', description: 'Print one JSON object and nothing else' },
  },
  async run({ args }) {
    const preset = presetNamed(args.preset);
    const made = await withInstallation(process.env, (installation, config) =>
      bootstrap(installation, serverAddress(config, process.env), { name: args.company, preset }),
    );
    console.log(args.json ? JSON.stringify(made, null, 2) : describe(made));
  },
});

function presetNamed(name: string): ProfilePreset {
  const preset = PROFILE_PRESETS.find((known) => known === name);
  if (!preset) throw new CommandError(`unknown preset "${name}"; there are: ${PROFILE_PRESETS.join(', ')}.`);
  return preset;
}

function describe(made: Bootstrapped): string {
  return `Company ${made.companySlug} (${made.companyId}) is there. The secrets below are shown this once.

  SCIM base URL   ${made.scimBaseUrl}
  SCIM token      ${made.scimToken}
  GraphQL         ${made.graphqlUrl}
  API key         ${made.apiKey}
  Owner           ${made.ownerEmail}
  Password        ${made.ownerPassword}

Create a first user as an identity provider would:

  curl -X POST ${made.scimBaseUrl}/Users \\
    -H 'Authorization: Bearer ${made.scimToken}' -H 'Content-Type: application/scim+json' \\
    -d '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@example.com","name":{"givenName":"Ann","familyName":"Lee"}}'

Then read it through GraphQL:

  curl ${made.graphqlUrl} \\
    -H 'Authorization: Bearer ${made.apiKey}' -H 'Content-Type: application/json' \\
    -d '{"query":"{ users { totalCount nodes { userName active } } }"}'`;
}
