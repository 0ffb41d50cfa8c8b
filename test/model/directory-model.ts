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
  members: Set<ModelUser>;
  /** Deleted users that were named as members: they join when they come back. */
  awaited: Set<ModelUser>;
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
      if (back === gone) this.#welcome(back);
      return back;
    }
    const made = { ...userOf(body), id: newId, version: 1, deleted: null };
    this.#requireFree(made);
    this.users.push(made);
    return made;
  }

  /** Clears what is left out, but neither `active` nor `externalId`. */
  #replaced(user: ModelUser, body: UserBody): ModelUser {
    const { active = user.active, externalId = user.externalId } = body;
    return { ...user, ...userOf({ ...body, active, ...(externalId !== undefined && { externalId }) }) };
  }

  /** A write that changes nothing keeps the version. */
  #write(user: ModelUser, after: ModelUser): void {
    this.#requireFree(after);
    const before = { ...user };
    for (const name of ['externalId', 'title'] as const) if (after[name] === undefined) delete user[name];
    Object.assign(user, after);
    if (JSON.stringify(own(before)) !== JSON.stringify(own(user))) user.version = before.version + 1;
  }

  #requireFree({ id, userName, externalId }: ModelUser): void {
    const others = this.users.filter(isHere).filter((user) => user.id !== id);
    const isTaken = (user: ModelUser) =>
      keyOf(user.userName) === keyOf(userName) || (externalId !== undefined && user.externalId === externalId);
    if (others.some(isTaken)) refuse(409, 'uniqueness');
  }

  /** The row stays, so that it can come back; the memberships end, and don't. */
  #deleteUser(user: ModelUser): Answered {
    for (const group of this.groups.filter(isHere))
      this.#setMembers(group, { members: without(group.members, user), awaited: group.awaited });
    return this.#delete(user);
  }

  #delete(resource: ModelUser | ModelGroup): Answered {
    resource.deleted = ++this.#deletions;
    resource.version++;
    return { status: 204 };
  }

  #welcome(user: ModelUser): void {
    for (const group of this.groups.filter(isHere).filter(({ awaited }) => awaited.has(user)))
      this.#setMembers(group, { members: new Set([...group.members, user]), awaited: without(group.awaited, user) });
  }

  #createGroup({ displayName, externalId, members = [] }: GroupBody, newId: string): ModelGroup {
    const made = {
      ...{ id: newId, version: 1, deleted: null, displayName, ...(externalId !== undefined && { externalId }) },
      ...this.#named(members),
    };
    this.#requireFreeName(made);
    this.groups.push(made);
    return made;
  }

  /** Clears neither `members` nor `externalId` when it leaves them out. */
  #replaceGroup(group: ModelGroup, { members, ...rest }: GroupBody): void {
    this.#writeGroup(group, { ...group, ...rest, ...(members && this.#named(members)) });
  }

  #patchGroup(group: ModelGroup, operations: Operation[]): void {
    const after = { ...group };
    for (const { op, path = '', value } of operations) {
      const one = /^members\[value eq "(.*)"\]$/.exec(path)?.[1];
      const named =
        path === 'members'
          ? this.#named(value ?? [])
          : { members: new Set<ModelUser>(), awaited: new Set<ModelUser>() };
      if (path === 'displayName') after.displayName = value;
      else if (path === 'externalId') after.externalId = value;
      else if (op === 'add') {
        after.members = new Set([...after.members, ...named.members]);
        after.awaited = new Set([...after.awaited, ...named.awaited]);
      } else if (one === undefined) Object.assign(after, named);
      else {
        const user = this.users.find(({ id }) => id === one);
        if (user)
          Object.assign(after, { members: without(after.members, user), awaited: without(after.awaited, user) });
      }
    }
    this.#writeGroup(group, after);
  }

  #writeGroup(group: ModelGroup, after: ModelGroup): void {
    this.#requireFreeName(after);
    const { displayName, externalId, members, awaited } = after;
    const renamed = displayName !== group.displayName || externalId !== group.externalId;
    const { version } = group;
    this.#setMembers(group, { members, awaited });
    Object.assign(group, { displayName, ...(externalId !== undefined && { externalId }) });
    if (renamed) group.version = version + 1;
  }

  /** A change of members is a change of the group, and not of its members. Whom it waits for, nobody sees. */
  #setMembers(group: ModelGroup, { members, awaited }: Pick<ModelGroup, 'members' | 'awaited'>): void {
    const stay = [...members].filter((each) => group.members.has(each)).length;
    if (stay < members.size || stay < group.members.size) group.version++;
    Object.assign(group, { members, awaited });
  }

  /** Who is here becomes a member, who was deleted is awaited, and whom nobody knows is left out. */
  #named(members: { value: string }[]): Pick<ModelGroup, 'members' | 'awaited'> {
    const users = this.users.filter(({ id }) => members.some(({ value }) => value === id));
    return { members: new Set(users.filter(isHere)), awaited: new Set(users.filter((user) => !isHere(user))) };
  }

  #requireFreeName({ id, displayName, externalId }: ModelGroup): void {
    const others = this.groups.filter(isHere).filter((group) => group.id !== id);
    const isTaken = (group: ModelGroup) =>
      keyOf(group.displayName) === keyOf(displayName) || (externalId !== undefined && group.externalId === externalId);
    if (others.some(isTaken)) refuse(409, 'uniqueness');
  }

  #groupsOf(user: ModelUser): ModelGroup[] {
    return this.groups.filter(isHere).filter(({ members }) => members.has(user));
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
          return [...group.members].some(({ id }) => id === value);
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
    const common = { id, version: `W/"${version}"`, ...(externalId !== undefined && { externalId }) };
    if ('displayName' in resource) {
      const { displayName, members } = resource;
      return { ...common, displayName, members: [...members].map((member) => member.id).sort() };
    }
    const { userName, title, active, emails } = resource;
    const groups = this.#groupsOf(resource)
      .map((group) => group.id)
      .sort();
    return { ...common, userName, active, ...(title !== undefined && { title }), emails, groups };
  }
}

function userOf({ userName, externalId, title, active = true, emails = [] }: UserBody) {
  return {
    ...{ userName, active, emails },
    ...(externalId !== undefined ? { externalId } : { externalId: undefined }),
    ...(title !== undefined ? { title } : { title: undefined }),
  };
}

/** What the version of a user tells of. */
function own({ userName, externalId, title, active, emails, deleted }: ModelUser) {
  return { userName, externalId, title, active, emails, deleted };
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
