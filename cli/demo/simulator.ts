import { CommandError } from '#cli/command-error.js';
import type { Answer, HttpClient } from './http-client.js';
import { type Person, teamsOf } from './people.js';

/** How a server's answer is read: ids, and whatever else an identity provider sends back on PUT. */
export type Resource = Record<string, unknown> & { id: string };

/** A person, and the id that the server knows it by. */
export interface Account {
  person: Person;
  id: string;
}

/** One identity provider's habits: which requests it sends, in which order and shape, for each thing that happens in it. */
export interface IdentityProvider {
  /** As people call it. */
  readonly name: string;
  /** What it sends with requests without and with a body. */
  readonly headers: RequestHeaders;
  testConnection(scim: ScimCaller): Promise<void>;
  /** Somebody is assigned: looked up, then created, or linked when there already. */
  assign(scim: ScimCaller, person: Person): Promise<Resource>;
  /** A team is pushed with its members: looked up, created when missing, filled. */
  push(scim: ScimCaller, team: string, members: readonly Account[]): Promise<Resource>;
  /** The profile of `account` has changed to what it now is; `lead` is who leads the department, if anybody else. */
  update(scim: ScimCaller, account: Account, lead: Account | null): Promise<void>;
  /** Somebody is unassigned: leaves the teams (ids), and is switched off. */
  leave(scim: ScimCaller, account: Account, teamIds: readonly string[]): Promise<void>;
}

interface RequestHeaders {
  read: Record<string, string>;
  write: Record<string, string>;
}

export interface Progress {
  /** Opens a phase of `total` steps. */
  begin(title: string, total: number): void;
  step(): void;
  end(): void;
}

export interface Outcome {
  users: number;
  created: number;
  teams: number;
  memberships: number;
  updated: number;
  left: number;
}

/** Requests under way at once. */
export const CONCURRENCY = 8;
const UPDATED_EVERY = 10;
const LEAVING_EVERY = 33;

/** Sends requests and insists on the status that the provider counts on. */
export class ScimCaller {
  readonly #created = new Set<string>();

  constructor(
    private readonly http: HttpClient,
    private readonly headers: RequestHeaders,
  ) {}

  /** How many users POST has made. */
  get created(): number {
    return this.#created.size;
  }

  async get(path: string): Promise<Resource> {
    return resourceIn(await this.#send('GET', path, undefined, [200]));
  }

  /** The one resource that a look-up finds, or null. */
  async find(path: string): Promise<Resource | null> {
    const { body } = await this.#send('GET', path, undefined, [200]);
    const { Resources: [found = null] = [] } = body as { Resources?: Resource[] };
    return found;
  }

  async post(path: '/Users' | '/Groups', body: unknown): Promise<Resource> {
    const resource = resourceIn(await this.#send('POST', path, body, [201]));
    if (path === '/Users') this.#created.add(resource.id);
    return resource;
  }

  async put(path: string, body: unknown): Promise<void> {
    await this.#send('PUT', path, body, [200]);
  }

  async patch(path: string, body: unknown): Promise<void> {
    await this.#send('PATCH', path, body, [200, 204]);
  }

  async #send(method: 'GET' | 'POST' | 'PUT' | 'PATCH', path: string, body: unknown, wanted: readonly number[]) {
    const headers = body === undefined ? this.headers.read : this.headers.write;
    const answer = await this.http.send({ method, path, headers, body });
    if (wanted.includes(answer.status)) return answer;
    const { detail = 'without a reason' } = (answer.body ?? {}) as { detail?: string };
    throw new CommandError(`${method} ${path} was answered ${answer.status}: ${detail}`);
  }
}

/**
 * Plays a first synchronisation and a day after it: connection test, everybody assigned, teams pushed, a tenth of the people updated, a
 * few leave. Leavers are switched off, so that as many users as people remain.
 */
export async function simulate(
  idp: IdentityProvider,
  scim: ScimCaller,
  people: readonly Person[],
  progress: Progress,
): Promise<Outcome> {
  const phase = async <T, R>(title: string, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
    progress.begin(title, items.length);
    const results = await inParallel(items, async (item) => {
      const result = await work(item);
      progress.step();
      return result;
    });
    progress.end();
    return results;
  };

  await phase('Connection test', [idp], () => idp.testConnection(scim));
  const accounts = await phase('Users', people, async (person) => ({
    person,
    id: (await idp.assign(scim, person)).id,
  }));
  const accountOf = new Map(accounts.map((account) => [account.person, account]));

  const teams = [...teamsOf(people)].map(([name, members]) => ({
    name,
    members: members.map((person) => accountOf.get(person)!), // everybody got an account above
  }));
  const pushed = await phase('Teams', teams, ({ name, members }) => idp.push(scim, name, members));
  const teamIds = new Map(teams.map(({ name }, index) => [name, pushed[index]!.id]));
  const leads = new Map(teams.map(({ name, members }) => [name, members[0]!]));

  const changing = everyNth(accounts, UPDATED_EVERY, 0);
  await phase('Updates', changing, (account) => {
    const { person } = account;
    const lead = leads.get(person.department)!;
    return idp.update(scim, { ...account, person: promoted(person) }, lead === account ? null : lead);
  });

  const leaving = everyNth(accounts, LEAVING_EVERY, 1);
  await phase('Leavers', leaving, (account) =>
    idp.leave(
      scim,
      account,
      account.person.teams.map((team) => teamIds.get(team)!),
    ),
  );

  const given = teams.reduce((sum, { members }) => sum + members.length, 0);
  const taken = leaving.reduce((sum, { person }) => sum + person.teams.length, 0);
  return {
    users: accounts.length,
    created: scim.created,
    teams: teams.length,
    memberships: given - taken,
    updated: changing.length,
    left: leaving.length,
  };
}

function promoted(person: Person): Person {
  return { ...person, title: `Lead ${person.title}`, locality: 'Remote' };
}

function everyNth<T>(items: readonly T[], n: number, first: number): T[] {
  return items.filter((_, index) => index % n === first);
}

/** `work` on every item, CONCURRENCY at a time; results in the items' order. The first failure stops what has not begun. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await work(items[index]!);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return results;
}

function resourceIn({ body }: Answer): Resource {
  const { id } = (body ?? {}) as Partial<Resource>;
  if (typeof id !== 'string' || id === '') throw new CommandError('an answer came without the resource and its id.');
  return body as Resource;
}
