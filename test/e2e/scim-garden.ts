import { expect } from 'vitest';
import { graphqlClient } from '#test/support/clients.js';
import type { TestCompany } from '#test/support/rollcall.js';

export const GARDEN = 'urn:example:params:scim:garden:2.0:User';

/** An extension with one attribute of each type. */
const garden = {
  urn: GARDEN,
  name: 'Garden',
  description: 'What grows.',
  attributes: [
    attribute('plot', 'string'),
    attribute('beds', 'integer'),
    attribute('yield', 'decimal'),
    attribute('tidy', 'boolean'),
    attribute('sown', 'dateTime'),
    { ...attribute('plants', 'string'), multiValued: true },
    { ...attribute('shed', 'complex'), subAttributes: [attribute('colour', 'string'), attribute('key', 'string')] },
    {
      ...attribute('tools', 'complex'),
      multiValued: true,
      subAttributes: [attribute('colour', 'string'), attribute('key', 'string')],
    },
  ],
};

function attribute(name: string, type: string) {
  return {
    name,
    type,
    multiValued: false,
    description: `${name}.`,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
  };
}

/** Adds the extension to the profile of the company's directory. */
export async function keepGarden(company: TestCompany): Promise<void> {
  const graphql = graphqlClient(company);
  const { body } = await graphql('{ directories { nodes { id profile } } }');
  const [{ id, profile }] = body.data.directories.nodes;
  const changed = await graphql(
    'mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }',
    { input: { id, profile: { extensions: [...profile.extensions, garden] } } },
  );
  expect(changed.body.errors).toBeUndefined();
}
