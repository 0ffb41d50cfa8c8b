import { invalidValue } from '../errors.js';
import type { AnyValueInput, EnterpriseFields, UserFields } from '../user/user-types.js';
import { type CsvTable, readTable } from './csv.js';
import type { ElementPatch, ImportedMembership, ImportedTeam, ImportedUser } from './import-request.js';
import { columnHint, type UserColumn, userColumn } from './user-columns.js';

/**
 * Users of a CSV text by `userColumn`'s columns. An empty cell clears; in `id`, `userName` and `active` it says nothing.
 *
 * @param most lines of the text; left out, more than any import has
 * @throws INVALID_VALUE (the text as a whole); what is wrong with a row stands in its `problem`
 */
export function readUsers(text: string, most?: number): ImportedUser[] {
  const { columns, rows } = readTable(text, 'csv.users', { of: userColumn, hint: columnHint }, most);
  return rows.map(({ line, cells, problem }) => {
    const user: ImportedUser = { line, fields: {} };
    if (problem !== null) return { ...user, problem: invalidValue('csv.users', problem) };
    const reader = new UserReader(user);
    for (const [i, column] of columns.entries()) reader.read(column, cells[i]!);
    return reader.finish();
  });
}

class UserReader {
  readonly #user: ImportedUser;
  readonly #fields: UserFields = {};
  readonly #elements = new Map<string, ElementPatch>();
  readonly #extensions = new Map<string, { urn: string; values: Record<string, unknown> }>();

  constructor(user: ImportedUser) {
    this.#user = user;
  }

  read(column: UserColumn, cell: string): void {
    switch (column.kind) {
      case 'id':
        this.#user.id = cell === '' ? null : cell;
        return;
      case 'active':
        if (cell !== '') this.#fields.active = this.#boolean('active', cell) ?? undefined;
        return;
      case 'text':
        if (cell !== '' || column.attribute.field !== 'userName')
          assignText(this.#fields, column.attribute.field, cell === '' ? null : cell);
        return;
      case 'element':
        this.#readElement(column, cell);
        return;
      case 'extension': {
        const key = column.urn.toLowerCase();
        const extension = this.#extensions.get(key) ?? { urn: column.urn, values: {} };
        this.#extensions.set(key, extension);
        extension.values[column.name] = readJsonCell(cell);
      }
    }
  }

  #readElement({ place, spelled, member }: Extract<UserColumn, { kind: 'element' }>, cell: string): void {
    const key = `${place.list.field}\n${place.nth}\n${place.type ?? '*'}\n${place.type === null}`;
    const patch = this.#elements.get(key) ?? {
      attribute: place.list.field,
      type: place.type,
      nth: place.nth,
      spelled,
      members: {},
    };
    this.#elements.set(key, patch);
    // A type that is not said is the one of the column's name.
    if (member === 'type' && cell === '') return;
    const value = cell === '' ? null : member === 'primary' ? this.#boolean(`${patch.attribute}.primary`, cell) : cell;
    patch.members[member] = value as never; // the only boolean member is primary
  }

  #boolean(field: string, cell: string): boolean | null {
    const lower = cell.trim().toLowerCase();
    if (lower === 'true' || lower === 'false') return lower === 'true';
    this.#user.problem ??= invalidValue(field, `${field} must be true or false.`);
    return null;
  }

  finish(): ImportedUser {
    const extensions = [...this.#extensions.values()];
    return {
      ...this.#user,
      fields: extensions.length > 0 ? { ...this.#fields, extensions } : this.#fields,
      elements: [...this.#elements.values()],
    };
  }
}

/** Sets a dotted name of the catalogue. */
function assignText(fields: UserFields, field: string, value: string | null): void {
  const names = field.split('.');
  let object = fields as Record<string, unknown>;
  for (const name of names.slice(0, -1)) {
    object[name] ??= {} satisfies EnterpriseFields;
    object = object[name] as Record<string, unknown>;
  }
  object[names.at(-1)!] = value;
}

/** A value of an extension in one cell: texts as they are, but for those that would be read as something else. */
export function jsonCell(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return readJsonCell(value) === value ? value : JSON.stringify(value);
}

function readJsonCell(cell: string): unknown {
  if (cell === '') return null;
  try {
    return JSON.parse(cell) as unknown;
  } catch {
    return cell;
  }
}

/** What the elements of a list become by patches of the same list. */
export function patchedElements(stored: readonly AnyValueInput[], patches: readonly ElementPatch[]): AnyValueInput[] {
  const elements: (AnyValueInput | null)[] = [...stored];
  for (const { type, nth, spelled, members } of patches) {
    const places = stored.flatMap((each, i) => ((each.type?.toLowerCase() ?? null) === type ? [i] : []));
    const place = places[nth - 1];
    const { type: _, primary: __, ...content } = members;
    const isEmptied = Object.values(content).every((each) => each === null);
    if (place !== undefined) {
      // Without its value, an element is gone, unless something else is said of it.
      const isGone = members.value === null && isEmptied && elements[place]?.value != null;
      elements[place] = isGone ? null : { ...elements[place], ...members };
    } else if (!isEmptied) elements.push({ ...(spelled !== null && { type: spelled }), ...members });
  }
  return elements.filter((each) => each !== null);
}

const named = <Name extends string>(names: readonly Name[]) => {
  const byLower = new Map(names.map((name) => [name.toLowerCase(), name]));
  return {
    of(text: string) {
      const key = byLower.get(text.toLowerCase());
      return key === undefined ? null : { key };
    },
    hint: () => `There are ${names.join(', ')}.`,
  };
};

export const TEAM_COLUMNS = ['id', 'displayName', 'externalId'] as const;
export const MEMBERSHIP_COLUMNS = ['teamId', 'team', 'userId', 'userName'] as const;

/** @throws as `readUsers` */
export function readTeams(text: string, most?: number): ImportedTeam[] {
  return toRows(readTable(text, 'csv.teams', named(TEAM_COLUMNS), most), 'csv.teams');
}

/** @throws as `readUsers` */
export function readMemberships(text: string, most?: number): ImportedMembership[] {
  return toRows(readTable(text, 'csv.memberships', named(MEMBERSHIP_COLUMNS), most), 'csv.memberships');
}

function toRows<Name extends string>({ columns, rows }: CsvTable<{ key: Name }>, field: string) {
  return rows.map(({ line, cells, problem }) => ({
    line,
    ...(problem !== null && { problem: invalidValue(field, problem) }),
    ...(Object.fromEntries(
      columns.map(({ key }, i) => [key, cells[i] === undefined || cells[i] === '' ? null : cells[i]]),
    ) as Partial<Record<Name, string | null>>),
  }));
}
