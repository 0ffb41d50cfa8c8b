import { isDeepStrictEqual } from 'node:util';

/*
 * What docs/scim.md promises under "What happens to" and "Members that are not there yet", in memory and as simply as it can be said. The test beside it
 * sends the same requests to this and to the server, and wants the same answers.
 */

export interface ScimRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: { filter?: string; startIndex?: number; count?: number };
  /** `current` and `stale` are versions of the resource that the path names. */
  ifMatch?: 'current' | 'stale' | '*' | 'nonsense';
  body?: object;
  /** Sent as it is, in place of a body. */
  raw?: string;
  /** Cannot be read, whatever there is: refused so. */
  owes?: Refused;
}

export interface Refused {
  status: number;
  scimType?: string;
}

export interface Answered extends Partial<Refused> {
  status: number;
  body?: object;
}

export interface ModelUser {
  id: string;
  version: number;
  /** When it was deleted, counted; null while it is there. */
  deleted: number | null;
  userName: string;
  externalId?: string;
  title?: string;
  active: boolean;
  emails: Email[];
}

export interface ModelGroup {
  id: string;
  version: number;
  deleted: number | null;
  displayName: string;
  externalId?: string;
  /** Who was named as a member. Those of them who are deleted are no members, but join when they come back. */
  named: Set<ModelUser>;
}

interface Email {
  value: string;
  type?: string;
}

interface UserBody {
  userName: string;
  externalId?: string;
  title?: string;
  active?: boolean;
  emails?: Email[];
}

interface GroupBody {
  displayName: string;
  externalId?: string;
  members?: { value: string }[];
}

interface Operation {
  op: 'add' | 'replace' | 'remove';
  path?: string;
  // biome-ignore lint/suspicious/noExplicitAny: what is sent there depends on the path
  value?: any;
}

class Refusal extends Error {
  constructor(readonly answer: Refused) {
    super();
  }
}

const refuse = (status: number, scimType?: string): never => {
  throw new Refusal({ status, ...(scimType && { scimType }) });
};

/** Upper and lower case, and forms of one letter, count as the same. */
const keyOf = (name: string) => name.normalize('NFKC').toLowerCase();

const isHere = ({ deleted }: { deleted: number | null }) => deleted === null;

export class DirectoryModel {
  /** Everything there ever was, oldest first. */
  readonly users: ModelUser[] = [];
  readonly groups: ModelGroup[] = [];
  #deletions = 0;

  /** @param newId the id for what is made by this request, if something is. */
  answer(request: ScimRequest, newId: string): Answered {
    if (request.owes) return request.owes;
    const [, endpoint, id] = request.path.split('/');
    try {
      return endpoint === 'Users' ? this.#answerUsers(request, id, newId) : this.#answerGroups(request, id, newId);
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      throw error;
    }
  }

  /** All that is there, as lists show it. */
  everything(): { users: object[]; groups: object[] } {
    return {
      users: this.users.filter(isHere).map((user) => this.#shown(user)),
      groups: this.groups.filter(isHere).map((group) => this.#shown(group)),
    };
  }

  #answerUsers({ method, body, query, ifMatch }: ScimRequest, id: string | undefined, newId: string): Answered {
    if (id === undefined) {
      if (method === 'GET') return this.#page(this.users.filter(isHere).filter(this.#matches(query?.filter)), query);
      return { status: 201, body: this.#shown(this.#createUser(body as UserBody, newId)) };
    }
    const user = this.#found(this.users, id, ifMatch);
    if (method === 'DELETE') return this.#deleteUser(user);
    if (method === 'PUT') this.#write(user, this.#replaced(user, body as UserBody));
    if (method === 'PATCH') this.#write(user, patchedUser(user, (body as { Operations: Operation[] }).Operations));
    return { status: 200, body: this.#shown(user) };
  }

  #answerGroups({ method, body, query, ifMatch }: ScimRequest, id: string | undefined, newId: string): Answered {
    if (id === undefined) {
      if (method === 'GET') return this.#page(this.groups.filter(isHere).filter(this.#matches(query?.filter)), query);
      return { status: 201, body: this.#shown(this.#createGroup(body as GroupBody, newId)) };
    }
    const group = this.#found(this.groups, id, ifMatch);
    if (method === 'DELETE') return this.#delete(group);
    if (method === 'PUT') this.#replaceGroup(group, body as GroupBody);
    if (method === 'PATCH') {
      this.#patchGroup(group, (body as { Operations: Operation[] }).Operations);
      return { status: 204 };
    }
    return { status: 200, body: this.#shown(group) };
  }

  /** An If-Match that can be no version of ours matches nothing; then the resource has to be there; then to be of that version. */
  #found<T extends ModelUser | ModelGroup>(among: T[], id: string, ifMatch: ScimRequest['ifMatch']): T {
    if (ifMatch === 'nonsense') refuse(412);
    const found = among.filter(isHere).find((each) => each.id === id) ?? refuse(404);
    if (ifMatch === 'stale') refuse(412);
    return found;
  }

  /**
   * Somebody who is here and inactive comes back under the old id, if externalId is equal or absent; somebody who was deleted, if it is there and
   * equal. Everybody else is new, and a userName or externalId that somebody has is taken.
   */
  #createUser(body: UserBody, newId: string): ModelUser {
    const { userName, externalId } = body;
    const here = this.users.filter(isHere).find((user) => keyOf(user.userName) === keyOf(userName));
    const gone = this.users
      .filter((user) => !isHere(user) && externalId !== undefined && user.externalId === externalId)
      .sort((a, b) => b.deleted! - a.deleted!)[0]; // only those that were deleted

    if (here) {
      const isTheSame = here.externalId === undefined || externalId === undefined || here.externalId === externalId;
      if (here.active || !isTheSame) refuse(409, 'uniqueness');
    }
    const back = here ?? gone;
    if (back) {
      this.#write(back, { ...this.#replaced({ ...back, active: true }, body), deleted: null });
      if (back === gone) for (const group of this.#groupsOf(back)) group.version++;
      return back;
    }
    const made = { ...userOf(body), id: newId, version: 1, deleted: null };
    requireFree(made, this.users);
    this.users.push(made);
    return made;
  }

  /** Clears what is left out, but neither `active` nor `externalId`. */
  #replaced(user: ModelUser, body: UserBody): ModelUser {
    const { active = user.active, externalId = user.externalId } = body;
    return { ...user, ...userOf({ ...body, active, externalId }) };
  }

  /** A write that changes nothing keeps the version. */
  #write(user: ModelUser, after: ModelUser): void {
    requireFree(after, this.users);
    if (!isDeepStrictEqual(after, user)) Object.assign(user, after, { version: user.version + 1 });
  }

  /** The row stays, so that it can come back; the memberships end, and don't. */
  #deleteUser(user: ModelUser): Answered {
    for (const group of this.#groupsOf(user)) this.#nameMembers(group, without(group.named, user));
    return this.#delete(user);
  }

  #delete(resource: ModelUser | ModelGroup): Answered {
    resource.deleted = ++this.#deletions;
    resource.version++;
    return { status: 204 };
  }

  #createGroup({ displayName, externalId, members = [] }: GroupBody, newId: string): ModelGroup {
    const made = { id: newId, version: 1, deleted: null, displayName, externalId, named: this.#known(members) };
    requireFree(made, this.groups);
    this.groups.push(made);
    return made;
  }

  /** Clears neither `members` nor `externalId` when it leaves them out. */
  #replaceGroup(group: ModelGroup, { members, ...rest }: GroupBody): void {
    this.#writeGroup(group, { ...group, ...rest, ...(members && { named: this.#known(members) }) });
  }

  #patchGroup(group: ModelGroup, operations: Operation[]): void {
    const after = { ...group };
    for (const { op, path = '', value } of operations) {
      const one = /^members\[value eq "(.*)"\]$/.exec(path)?.[1];
      if (one !== undefined) after.named = new Set([...after.named].filter(({ id }) => id !== one));
      else if (path !== 'members') Object.assign(after, { [path]: value });
      else if (op === 'add') after.named = new Set([...after.named, ...this.#known(value)]);
      else after.named = this.#known(value ?? []);
    }
    this.#writeGroup(group, after);
  }

  #writeGroup(group: ModelGroup, after: ModelGroup): void {
    requireFree(after, this.groups);
    const { displayName, externalId, named } = after;
    const version = group.version + 1;
    const isRenamed = displayName !== group.displayName || externalId !== group.externalId;
    this.#nameMembers(group, named);
    Object.assign(group, { displayName, externalId, ...(isRenamed && { version }) });
  }

  /** A change of members is a change of the group, and not of its members. Whom it waits for, nobody sees. */
  #nameMembers(group: ModelGroup, named: Set<ModelUser>): void {
    const before = membersOf(group);
    group.named = named;
    if (!isDeepStrictEqual(membersOf(group), before)) group.version++;
  }

  /** Whom nobody knows is left out. */
  #known(members: { value: string }[]): Set<ModelUser> {
    return new Set(this.users.filter(({ id }) => members.some(({ value }) => value === id)));
  }

  #groupsOf(user: ModelUser): ModelGroup[] {
    return this.groups.filter(isHere).filter((group) => isHere(user) && group.named.has(user));
  }

  #matches(filter: string | undefined): (each: ModelUser | ModelGroup) => boolean {
    if (filter === undefined) return () => true;
    const [, attribute, value] = /^([\w.]+) (?:eq "?(.*?)"?|pr)$/.exec(filter)!; // of the few forms that are sent
    return (each) => {
      const user = each as ModelUser;
      const group = each as ModelGroup;
      switch (attribute) {
        case 'id':
          return each.id === value;
        case 'userName':
          return keyOf(user.userName) === keyOf(value!);
        case 'displayName':
          return keyOf(group.displayName) === keyOf(value!);
        case 'externalId':
          return each.externalId === value;
        case 'title':
          return user.title !== undefined;
        case 'active':
          return String(user.active) === value;
        case 'emails.value':
          return user.emails.some((email) => email.value === value);
        case 'groups.value':
          return this.#groupsOf(user).some(({ id }) => id === value);
        case 'members.value':
          return membersOf(group).some((id) => id === value);
        default:
          throw new Error(`The model knows no ${attribute}.`);
      }
    };
  }

  /** Numbers out of range are moved to its ends. */
  #page(
    all: (ModelUser | ModelGroup)[],
    { startIndex = 1, count = 100 }: NonNullable<ScimRequest['query']> = {},
  ): Answered {
    const first = Math.max(startIndex, 1);
    const resources = all.slice(first - 1, first - 1 + Math.max(count, 0)).map((each) => this.#shown(each));
    return { status: 200, body: { totalResults: all.length, startIndex: first, resources } };
  }

  #shown(resource: ModelUser | ModelGroup): object {
    const { id, version, externalId } = resource;
    const common = { id, version: `W/"${version}"`, externalId };
    if ('displayName' in resource) {
      return { ...common, displayName: resource.displayName, members: membersOf(resource) };
    }
    const { userName, title, active, emails } = resource;
    const groups = this.#groupsOf(resource)
      .map((group) => group.id)
      .sort();
    return { ...common, userName, title, active, emails, groups };
  }
}

const nameOf = (resource: ModelUser | ModelGroup) =>
  'displayName' in resource ? resource.displayName : resource.userName;

const membersOf = ({ named }: ModelGroup) =>
  [...named]
    .filter(isHere)
    .map(({ id }) => id)
    .sort();

/** A name or an externalId is that of one resource that is here. */
function requireFree<T extends ModelUser | ModelGroup>(resource: T, among: T[]): void {
  const { id, externalId } = resource;
  const isTaken = (other: T) =>
    keyOf(nameOf(other)) === keyOf(nameOf(resource)) || (externalId !== undefined && other.externalId === externalId);
  if (among.filter(isHere).some((other) => other.id !== id && isTaken(other))) refuse(409, 'uniqueness');
}

/** What a body says, and what stands for what it leaves out. */
function userOf({ userName, externalId, title, active = true, emails = [] }: UserBody) {
  return { userName, externalId, title, active, emails };
}

/** All operations in order, or none. */
function patchedUser(user: ModelUser, operations: Operation[]): ModelUser {
  const after = { ...user };
  for (const operation of operations) {
    if (operation.path === undefined)
      for (const [path, value] of Object.entries(operation.value)) applyTo(after, { ...operation, path, value });
    else applyTo(after, operation);
  }
  return after;
}

function applyTo(user: ModelUser, { op, path = '', value }: Operation): void {
  const [, address, sub] = /^emails\[value eq "(.*)"\](?:\.(\w+))?$/.exec(path) ?? [];
  if (address !== undefined && sub === undefined) user.emails = user.emails.filter((email) => email.value !== address);
  else if (address !== undefined) {
    const isThere = user.emails.some((email) => email.value === address);
    // As Entra expects it, an element that is not there comes into being.
    if (!isThere) user.emails = [...user.emails, { value: address, type: value }];
    user.emails = user.emails.map((email) => (email.value === address ? { ...email, type: value } : email));
  } else if (path === 'emails') {
    const isNew = (email: Email) => !user.emails.some((each) => each.value === email.value && each.type === email.type);
    user.emails = op === 'add' ? [...user.emails, ...value.filter(isNew)] : (value ?? []);
  } else if (path.startsWith('emails[')) refuse(400, 'noTarget');
  else Object.assign(user, { [path]: op === 'remove' ? undefined : value });
}

function without<T>(set: Set<T>, element: T): Set<T> {
  return new Set([...set].filter((each) => each !== element));
}
