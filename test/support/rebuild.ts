/* What a company has, out of nothing but its change log: an integrator could do the same. */

/** One entry of the log, as the API shows it. */
export interface LoggedChange {
  /** `epoch.xid.no` */
  id: string;
  kind: string;
  objectType: string;
  objectId: string;
  before: Members | null;
  after: Members | null;
}

export type Members = Record<string, unknown>;
/** By table, and by the key of a row: its members without those that say nothing (null, empty, false). */
export type State = Record<string, Record<string, Members>>;

/** Kinds of objects that are state; alarms and the like are notes about it. */
const OBJECTS = new Set([
  'company',
  'user',
  'team',
  'role',
  'project',
  'directory',
  'directory_token',
  'sso_connection',
  'api_key',
  'role_mapping',
]);
const UNVERSIONED = new Set(['directory_token', 'api_key']);
/** Said of a change, and not of what is changed. */
const PASSING = ['clientSecretReplaced'];

/** What the log tells from its beginning through its last entry that is given. */
export function rebuild(changes: readonly LoggedChange[]): State {
  const log = new Fold();
  for (const change of changes) log.take(change);
  return log.state();
}

class Fold {
  readonly #objects = new Map<string, Map<string, Members>>();
  /** Versions go on when somebody comes back. */
  readonly #versions = new Map<string, number>();
  /** The transaction that a team was last changed by: however many members a write moves, the version rises once. */
  readonly #lastOfTeam = new Map<string, string>();

  take({ id, kind, objectType, objectId, before, after }: LoggedChange): void {
    const [subject = '', action = ''] = kind.split('.');
    if (action.endsWith('refused') || action === 'tested' || !OBJECTS.has(objectType)) return;
    const said = (after ?? before)!;
    if (subject === 'team' && action.startsWith('member_')) {
      this.#set('team_membership', `${objectId} ${said.userId}`, after && {});
      this.#raiseTeam(id, objectId);
    } else if (subject === 'team' && action.startsWith('nested_')) {
      this.#set('team_nesting', `${objectId} ${said.memberTeamId}`, after && {});
      this.#raiseTeam(id, objectId);
    } else if (subject === 'role' && objectType === 'user') {
      const key = `${objectId} ${said.roleId} ${said.source}`;
      this.#set('role_assignment', key, after && assigned({ denied: after.denied }));
    } else if (subject === 'gate_exemption') {
      this.#set('gate_exemption', objectId, after && {});
    } else if (subject === 'sso_subject') {
      this.#set('sso_subject', `${objectId} ${said.connectionId}`, after && assigned({ subject: after.subject }));
    } else if (subject === 'project' && action.startsWith('access_')) {
      this.#set('project_access', `${objectId} ${said.userId ?? said.teamId}`, after && {});
    } else {
      const known = before && this.#objects.get(objectType)?.get(objectId);
      this.#set(objectType, objectId, after && assigned({ ...known, ...without(after, PASSING) }));
      if (objectType === 'team') this.#raiseTeam(id, objectId);
      else if (!UNVERSIONED.has(objectType)) this.#raise(objectType, objectId);
    }
  }

  state(): State {
    const rows = ([type, objects]: [string, Map<string, Members>]) =>
      [...objects].map(([key, members]) => {
        const version = this.#versions.get(`${type} ${key}`);
        return [key, version === undefined ? members : { ...members, version }] as const;
      });
    return sortedState([...this.#objects].map((entry) => [entry[0], rows(entry)]));
  }

  #set(type: string, key: string, members: Members | null): void {
    const objects = this.#objects.get(type) ?? new Map<string, Members>();
    this.#objects.set(type, objects);
    if (members) objects.set(key, members);
    else objects.delete(key);
  }

  #raise(type: string, key: string): void {
    const name = `${type} ${key}`;
    this.#versions.set(name, (this.#versions.get(name) ?? 0) + 1);
  }

  #raiseTeam(position: string, teamId: string): void {
    const transaction = position.slice(0, position.lastIndexOf('.'));
    if (this.#lastOfTeam.get(teamId) === transaction) return;
    this.#lastOfTeam.set(teamId, transaction);
    this.#raise('team', teamId);
  }
}

/** The members that say something, in one form. */
export function assigned(members: Members): Members {
  const said = Object.entries(members).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(said.map(([name, value]) => [name, isTime(value) ? new Date(value).toISOString() : value]));
}

/** A state whose tables and rows stand in the order of their names; tables without rows are left out. */
export function sortedState(tables: readonly (readonly [string, readonly (readonly [string, Members])[]])[]): State {
  const sorted = <T>(entries: readonly (readonly [string, T])[]) =>
    Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return sorted(tables.filter(([, rows]) => rows.length > 0).map(([name, rows]) => [name, sorted(rows)] as const));
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

const isTime = (value: unknown): value is string => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:/.test(value);

const without = (members: Members, names: readonly string[]) =>
  Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
