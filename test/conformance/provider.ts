import { afterAll, beforeAll, expect } from 'vitest';
import { keepGarden } from '#test/e2e/scim-garden.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf } from '#test/support/graphql-answers.js';
import { type Mode, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

const UPDATE_DIRECTORY = `mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }`;

/** An id that nobody has. */
export const NOBODY = '00000000-0000-7000-8000-000000000000';

// biome-ignore lint/suspicious/noExplicitAny: resources are asserted member by member
export type Resource = any;

/** A running service provider with one company, that the rules of a file are tried on. */
export class Provider {
  rollcall!: TestRollcall;
  company!: TestCompany;
  scim!: ReturnType<typeof scimClient>;
  #made = 0;

  /** A name that nothing else of this provider has. */
  name(): string {
    return `n${++this.#made}-${process.pid}`;
  }

  async aUser(traits: object = {}): Promise<Resource> {
    const { status, body } = await this.scim.post('/Users', { schemas: [USER], userName: this.name(), ...traits });
    expect(status, JSON.stringify(body)).toBe(201);
    return body;
  }

  async aGroup(traits: object = {}): Promise<Resource> {
    const { status, body } = await this.scim.post('/Groups', { schemas: [GROUP], displayName: this.name(), ...traits });
    expect(status, JSON.stringify(body)).toBe(201);
    return body;
  }

  /** The resource as it is now. */
  async now({ meta }: Resource): Promise<Resource> {
    const { status, body } = await this.scim.get(meta.location.slice(this.rollcall.scimBaseUrl.length));
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  }

  /** The list that a filter gives. */
  async list(endpoint: string, filter: string): Promise<Resource> {
    const { status, body } = await this.scim.get(`${endpoint}?count=1000&filter=${encodeURIComponent(filter)}`);
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  }

  /** The ids that a filter finds, in order. */
  async find(endpoint: string, filter: string): Promise<string[]> {
    return (await this.list(endpoint, filter)).Resources.map(({ id }: Resource) => id);
  }
}

interface Wanted {
  mode?: Mode;
  /** With an extension of the directory's own. */
  garden?: boolean;
  /** What its profile says otherwise than the preset. */
  profile?: object;
}

/** The provider of a test file or of a `describe`: started before its tests, stopped after them. */
export function aProvider({ mode = 'one-process', garden = false, profile }: Wanted = {}): Provider {
  const provider = new Provider();
  beforeAll(async () => {
    provider.rollcall = await startRollcall({ mode });
    provider.company = await provider.rollcall.newCompany();
    if (garden) await keepGarden(provider.company);
    if (profile) {
      const input = { id: provider.company.directoryId, profile };
      await dataOf(graphqlClient(provider.company)(UPDATE_DIRECTORY, { input }));
    }
    provider.scim = scimClient(provider.company);
  });
  afterAll(() => provider.rollcall.stop());
  return provider;
}

/** An answer that refuses, as RFC 7644 §3.12 wants it. */
export function refused(status: number, scimType?: string): object {
  return {
    status,
    body: {
      schemas: [ERROR],
      status: String(status),
      ...(scimType && { scimType }),
      detail: expect.stringMatching(/\w/),
    },
  };
}

export const add = (path: string, value: unknown) => ({ op: 'add', path, value });
export const replace = (path: string, value: unknown) => ({ op: 'replace', path, value });
export const remove = (path: string) => ({ op: 'remove', path });
