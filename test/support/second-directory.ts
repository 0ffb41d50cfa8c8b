import { graphqlClient, scimClient } from './clients.js';
import { dataOf } from './graphql-answers.js';
import type { TestCompany } from './rollcall.js';

/** One more directory of the company, by GraphQL, and a client with a token of it. */
export async function addDirectory(company: TestCompany, input: { name: string; profile?: object; preset?: string }) {
  const send = graphqlClient(company);
  const { createDirectory } = await dataOf(
    send('mutation ($input: CreateDirectoryInput!) { createDirectory(input: $input) { directory { id } } }', {
      input: { idpKind: 'OTHER', ...input },
    }),
  );
  const id = createDirectory.directory.id as string;
  const { createDirectoryToken } = await dataOf(
    send('mutation ($input: CreateDirectoryTokenInput!) { createDirectoryToken(input: $input) { secret } }', {
      input: { directoryId: id, name: 'Token' },
    }),
  );
  return { id, scim: scimClient({ ...company, scimToken: createDirectoryToken.secret }) };
}
