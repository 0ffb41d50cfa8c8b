import { CommandError } from '#cli/command-error.js';
import type { HttpClient } from './http-client.js';

/** What the demo shows in the end, to be pasted as it stands. */
export const RESULT_QUERY = `{
  users { totalCount }
  active: users(filter: { active: { eq: true } }) { totalCount }
  teams(first: 100, orderBy: { field: DISPLAY_NAME }) { totalCount nodes { displayName memberCount } }
}`;

/** Users that no identity provider manages, such as the owner. */
const LOCAL_QUERY = '{ users(filter: { managedBy: { isSet: false } }) { totalCount } }';

interface Count {
  totalCount: number;
}

export interface DemoResult {
  users: Count;
  active: Count;
  teams: Count & { nodes: { displayName: string; memberCount: number }[] };
}

export async function readResult(core: HttpClient): Promise<DemoResult> {
  return ask<DemoResult>(core, RESULT_QUERY);
}

export async function countLocalUsers(core: HttpClient): Promise<number> {
  return (await ask<{ users: Count }>(core, LOCAL_QUERY)).users.totalCount;
}

async function ask<T>(core: HttpClient, query: string): Promise<T> {
  const { status, body } = await core.send({
    method: 'POST',
    path: '',
    headers: { 'content-type': 'application/json' },
    body: { query },
  });
  if (status === 401) {
    throw new CommandError(
      'the server does not know the key: does it run on another database? Give it --token and --api-key of a company it has.',
    );
  }
  if (status === 404) {
    throw new CommandError(
      'there is no GraphQL: where core-api and gateway run apart, --graphql-url says where it is.',
    );
  }
  const { data, errors } = (body ?? {}) as { data?: T; errors?: { message: string }[] };
  if (!data || errors) throw new CommandError(`GraphQL answered ${status}: ${errors?.[0]?.message ?? 'without data'}`);
  return data;
}
