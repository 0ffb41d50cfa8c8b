import { Connection, type HttpAnswer } from './connection.js';
import { externalIdOf, personAt, type Subject, userNameOf } from './subject.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH';
interface Operation {
  op: string;
  path?: string;
  value?: unknown;
}

/** A tenant behind SCIM, over HTTP. */
export class ScimSubject implements Subject {
  readonly #connections: Connection[] = [];
  readonly #ids = new Map<number, string>();
  readonly #groupIds = new Map<string, string>();
  readonly #url: URL;
  readonly #head: string;
  #deepCursor: string | null = null;

  /** @param fillTables lays users into the tables, and tells their ids; left out where nobody needs more than is sent */
  constructor(
    { scimBaseUrl, scimToken }: { scimBaseUrl: string; scimToken: string },
    private readonly fillTables?: (from: number, to: number) => Promise<Map<number, string>>,
  ) {
    this.#url = new URL(scimBaseUrl);
    this.#head = `HTTP/1.1\r\nHost: ${this.#url.host}\r\nAuthorization: Bearer ${scimToken}\r\nAccept: application/scim+json\r\n`;
  }

  async create(worker: number, user: number) {
    const answer = await this.#send(worker, 'POST', '/Users', { schemas: [USER], ...personAt(user) });
    this.#ids.set(user, idOf(answer, 201));
  }

  async missByUserName(worker: number, user: number) {
    this.#found(await this.#find(worker, `userName eq "${userNameOf(user)}"`, 100), 0);
  }

  async findByUserName(worker: number, user: number) {
    this.#found(await this.#find(worker, `userName eq "${userNameOf(user)}"`), 1);
  }

  async findByExternalId(worker: number, user: number) {
    this.#found(await this.#find(worker, `externalId eq "${externalIdOf(user)}"`), 1);
  }

  async get(worker: number, user: number) {
    expectStatus(await this.#send(worker, 'GET', this.#at(user)), 200);
  }

  async setActive(worker: number, user: number, active: boolean) {
    expectStatus(await this.#patch(worker, this.#at(user), [{ op: 'replace', value: { active } }]), 200);
  }

  async patchThree(worker: number, user: number) {
    const operations = [
      { op: 'Replace', path: 'displayName', value: `Patched ${user}` },
      { op: 'Replace', path: 'name.familyName', value: `Family ${user}` },
      { op: 'Replace', path: 'emails[type eq "work"].value', value: `work-${userNameOf(user)}` },
    ];
    expectStatus(await this.#patch(worker, this.#at(user), operations), 200);
  }

  async replace(worker: number, user: number, displayName: string) {
    const body = { schemas: [USER], ...personAt(user), id: this.#ids.get(user), displayName };
    expectStatus(await this.#send(worker, 'PUT', this.#at(user), body), 200);
  }

  async page(worker: number, offset: number, total: number) {
    const answer = await this.#send(worker, 'GET', `/Users?startIndex=${offset + 1}&count=100`);
    this.#found(answer, total);
    expectUsers(answer, Math.min(100, total - offset));
  }

  async reachDeepCursor(total: number) {
    let cursor = '';
    // By hundreds, since a walk keeps the count that it began with.
    for (let seen = 0; seen < total - 150; seen += 100) {
      const answer = await this.#send(0, 'GET', `/Users?count=100&attributes=id&cursor=${cursor}`);
      const { nextCursor } = parse(answer) as { nextCursor?: string };
      if (nextCursor === undefined) break;
      cursor = nextCursor;
    }
    this.#deepCursor = cursor;
  }

  async pageByCursor(worker: number) {
    expectStatus(await this.#send(worker, 'GET', `/Users?count=100&cursor=${this.#deepCursor}`), 200);
  }

  async startsWith(worker: number, prefix: string) {
    this.#found(await this.#find(worker, `userName sw "${prefix}"`, 20), 'some');
  }

  async contains(worker: number, text: string) {
    this.#found(await this.#find(worker, `userName co "${text}"`, 20), 'some');
  }

  async eitherOf(worker: number, one: number, other: number) {
    const filter = `active eq true and (userName eq "${userNameOf(one)}" or userName eq "${userNameOf(other)}")`;
    this.#found(await this.#find(worker, filter, 20), one === other ? 1 : 2);
  }

  async createGroup(worker: number, group: string) {
    const body = { schemas: [GROUP], displayName: group, externalId: `g-${group}` };
    this.#groupIds.set(group, idOf(await this.#send(worker, 'POST', '/Groups', body), 201));
  }

  async addMembers(worker: number, group: string, users: readonly number[]) {
    const value = users.map((user) => ({ value: this.#ids.get(user) }));
    const answer = await this.#patch(worker, this.#atGroup(group), [{ op: 'add', path: 'members', value }]);
    expectStatus(answer, 204);
  }

  async removeMember(worker: number, group: string, user: number) {
    const path = `members[value eq "${this.#ids.get(user)}"]`;
    expectStatus(await this.#patch(worker, this.#atGroup(group), [{ op: 'remove', path }]), 204);
  }

  async listGroups(worker: number) {
    this.#withoutMembers(await this.#send(worker, 'GET', '/Groups?excludedAttributes=members&startIndex=1&count=100'));
  }

  async getGroup(worker: number, group: string) {
    this.#withoutMembers(await this.#send(worker, 'GET', `${this.#atGroup(group)}?excludedAttributes=members`));
  }

  async findGroup(worker: number, group: string) {
    const filter = encodeURIComponent(`displayName eq "${group}"`);
    const answer = await this.#send(worker, 'GET', `/Groups?excludedAttributes=members&filter=${filter}`);
    this.#withoutMembers(answer);
    this.#found(answer, 1);
  }

  async createMany(worker: number, users: readonly number[]) {
    const Operations = users.map((user) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `b${user}`,
      data: { schemas: [USER], ...personAt(user) },
    }));
    const answer = await this.#send(worker, 'POST', '/Bulk', { schemas: [BULK], Operations });
    expectStatus(answer, 200);
    const done = (parse(answer) as { Operations: { bulkId: string; status: string; location?: string }[] }).Operations;
    for (const { bulkId, status, location } of done) {
      if (status !== '201' || location === undefined) throw new Error(`an operation of the Bulk answered ${status}`);
      this.#ids.set(Number(bulkId.slice(1)), location.slice(location.lastIndexOf('/') + 1));
    }
    if (done.length !== users.length) throw new Error(`${done.length} of ${users.length} operations were answered`);
  }

  async fill(from: number, to: number) {
    if (!this.fillTables) throw new Error('there is no way to the tables of this tenant');
    for (const [user, id] of await this.fillTables(from, to)) this.#ids.set(user, id);
  }

  async memberCount(group: string) {
    const { members = [] } = parse(await this.#send(0, 'GET', this.#atGroup(group))) as { members?: unknown[] };
    return members.length;
  }

  async displayNameOf(user: number) {
    const { displayName = null } = parse(await this.#send(0, 'GET', this.#at(user))) as { displayName?: string };
    return displayName;
  }

  async isActive(user: number) {
    return (parse(await this.#send(0, 'GET', this.#at(user))) as { active: boolean }).active;
  }

  /** Learns the ids of users that were laid into the table from outside. */
  async learn(users: readonly number[]) {
    for (const user of users) {
      const found = parse(await this.#find(0, `userName eq "${userNameOf(user)}"`)) as { Resources?: { id: string }[] };
      const id = found.Resources?.[0]?.id;
      if (id === undefined) throw new Error(`${userNameOf(user)} is not there`);
      this.#ids.set(user, id);
    }
  }

  async close() {
    for (const connection of this.#connections) connection.close();
  }

  #at(user: number): string {
    return `/Users/${this.#ids.get(user)}`;
  }

  #atGroup(group: string): string {
    return `/Groups/${this.#groupIds.get(group)}`;
  }

  #find(worker: number, filter: string, count?: number): Promise<HttpAnswer> {
    const page = count === undefined ? '' : `&startIndex=1&count=${count}`;
    return this.#send(worker, 'GET', `/Users?filter=${encodeURIComponent(filter)}${page}`);
  }

  #patch(worker: number, path: string, Operations: Operation[]): Promise<HttpAnswer> {
    return this.#send(worker, 'PATCH', path, { schemas: [PATCH_OP], Operations });
  }

  #send(worker: number, method: Method, path: string, body?: object): Promise<HttpAnswer> {
    this.#connections[worker] ??= new Connection(this.#url);
    const text = body === undefined ? '' : JSON.stringify(body);
    const rest =
      body === undefined
        ? '\r\n'
        : `Content-Type: application/scim+json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
    return this.#connections[worker].send(`${method} ${this.#url.pathname}${path} ${this.#head}${rest}`);
  }

  #found(answer: HttpAnswer, expected: number | 'some'): void {
    expectStatus(answer, 200);
    const total = Number(/"totalResults":(\d+)/.exec(answer.body.toString('latin1'))?.[1]);
    if (expected === 'some' ? !(total > 0) : total !== expected)
      throw new Error(`totalResults is ${total} instead of ${expected}`);
  }

  #withoutMembers(answer: HttpAnswer): void {
    expectStatus(answer, 200);
    if (answer.body.toString('latin1').includes('"members":'))
      throw new Error('the answer has members, which were excluded');
  }
}

const parse = ({ body }: HttpAnswer): unknown => JSON.parse(body.toString());

function expectStatus({ status, body }: HttpAnswer, expected: number): void {
  if (status !== expected) throw new Error(`answered ${status}: ${body.toString('utf8', 0, 300)}`);
}

/** By a look at the text: reading a page as JSON would cost more than all the rest of the client. */
function expectUsers({ body }: HttpAnswer, expected: number): void {
  const held = body.toString('latin1').match(/"userName":/g)?.length ?? 0;
  if (held !== expected) throw new Error(`the page holds ${held} users instead of ${expected}`);
}

function idOf(answer: HttpAnswer, status: number): string {
  expectStatus(answer, status);
  const { id } = parse(answer) as { id?: string };
  if (id === undefined) throw new Error('the answer has no id');
  return id;
}
