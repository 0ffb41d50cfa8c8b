/** What a tenant is filled with: user `i` has the same name, number and size for whatever is measured. */
export const userNameOf = (user: number) => `bench-${digits(user)}@example.com`;
export const externalIdOf = (user: number) => `ext-${digits(user)}`;
export const digits = (user: number) => String(user).padStart(7, '0');

const GIVEN = ['Ada', 'Ben', 'Cem', 'Dag', 'Eli', 'Fay', 'Gil', 'Hal', 'Ida', 'Jo'];
const FAMILY = ['Arendt', 'Bell', 'Curie', 'Doyle', 'Euler', 'Frege', 'Gauss', 'Hopper', 'Innis', 'Joule'];

export function personAt(user: number) {
  const given = GIVEN[user % 10]!;
  const family = FAMILY[Math.floor(user / 10) % 10]! + user;
  return {
    userName: userNameOf(user),
    externalId: externalIdOf(user),
    name: { givenName: given, familyName: family },
    displayName: `${given} ${family}`,
    emails: [{ value: userNameOf(user), type: 'work', primary: true }],
    active: true,
  };
}

/** A repeatable spread over `count` users: neighbours in time are no neighbours in the table. */
export const spread = (turn: number, count: number) => (Math.imul(turn + 1, 0x9e3779b1) >>> 0) % count;

/**
 * One tenant, as the phases know it: behind SCIM, or as the SQL that the same work comes down to. Users and groups go by their numbers, and
 * `worker` says on which connection. Each operation checks its answer and throws when that is wrong.
 */
export interface Subject {
  create(worker: number, user: number): Promise<void>;
  /** Finds nobody: what a provider asks before it creates. */
  missByUserName(worker: number, user: number): Promise<void>;
  findByUserName(worker: number, user: number): Promise<void>;
  findByExternalId(worker: number, user: number): Promise<void>;
  get(worker: number, user: number): Promise<void>;
  setActive(worker: number, user: number, active: boolean): Promise<void>;
  /** Display name, family name and work address, as Entra ID changes them: three operations in one PATCH. */
  patchThree(worker: number, user: number): Promise<void>;
  replace(worker: number, user: number, displayName: string): Promise<void>;
  /** 100 users from `offset` on, and how many there are in all. */
  page(worker: number, offset: number, total: number): Promise<void>;
  /** The page of 100 behind a place deep in the tenant that was reached by cursor beforehand. */
  pageByCursor(worker: number): Promise<void>;
  /** Reaches that place: to be called before `pageByCursor`, outside of what is measured. */
  reachDeepCursor(total: number): Promise<void>;
  startsWith(worker: number, prefix: string): Promise<void>;
  contains(worker: number, text: string): Promise<void>;
  /** `active eq true and (userName eq … or userName eq …)`. */
  eitherOf(worker: number, one: number, other: number): Promise<void>;
  createGroup(worker: number, group: string): Promise<void>;
  addMembers(worker: number, group: string, users: readonly number[]): Promise<void>;
  removeMember(worker: number, group: string, user: number): Promise<void>;
  listGroups(worker: number): Promise<void>;
  getGroup(worker: number, group: string): Promise<void>;
  findGroup(worker: number, group: string): Promise<void>;
  /** Creates all of them with one request. */
  createMany(worker: number, users: readonly number[]): Promise<void>;
  /** Lays users `from` to `to` (not included) into the tenant, by whatever way is quickest: nothing of it is measured. */
  fill(from: number, to: number): Promise<void>;
  /** What is there now, for checking that nothing was lost. */
  memberCount(group: string): Promise<number>;
  displayNameOf(user: number): Promise<string | null>;
  isActive(user: number): Promise<boolean>;
  close(): Promise<void>;
}

/** @param modulo numbers begin again there */
export const range = (from: number, count: number, modulo = Number.POSITIVE_INFINITY) =>
  Array.from({ length: count }, (_, index) => (from + index) % modulo);

/** @throws Error that says what is wrong with what was read back */
export function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
