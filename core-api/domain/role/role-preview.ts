import { createHash } from 'node:crypto';
import type { Database } from '#core-api/persistence/database.js';
import { type PeopleScope, type PersonRoles, rolesOfPeople } from '#core-api/persistence/stores/role-people.js';
import { DomainError } from '../errors.js';

/** One user whose roles would differ; roles by their keys, the highest rank first. */
export interface AffectedPerson {
  userId: string;
  userName: string;
  active: boolean;
  gained: string[];
  lost: string[];
}

/** What a change of mappings or of a profile does to the roles of people. */
export interface RolePreview {
  /** How many users gain a role, and how many lose one; who does both counts in both. */
  gaining: number;
  losing: number;
  /** Those who lose first, then by user name; at most 200. */
  people: AffectedPerson[];
  /** Stands for the change and for all whom it affects. */
  hash: string;
}

const MOST_SHOWN = 200;
const PEOPLE_A_PAGE = 10_000;
const NIL = '00000000-0000-0000-0000-000000000000';
const NOBODY: PeopleScope = { teamIds: [], patterns: [], directoryIds: [], claimRoleIds: [] };

/**
 * Applies a change within the transaction, and tells what it did to people.
 *
 * @param scope whose roles can differ at all.
 * @param subject what the change is, so that a hash is good for no other change.
 */
export async function previewed(
  tx: Database,
  companyId: string,
  scope: Partial<PeopleScope>,
  subject: unknown,
  apply: () => Promise<void>,
): Promise<RolePreview> {
  const { patterns, ...others } = { ...NOBODY, ...scope };
  const ofPeople = { companyId, ...others, patterns: JSON.stringify(patterns) };
  const before = await allPeople(tx, ofPeople);
  await apply();
  const people = differing(before, await allPeople(tx, ofPeople));
  const hash = createHash('sha256')
    .update(JSON.stringify([companyId, subject, people]))
    .digest('base64url');
  return {
    gaining: people.filter(({ gained }) => gained.length > 0).length,
    losing: people.filter(({ lost }) => lost.length > 0).length,
    people: people
      .toSorted((a, b) => Math.sign(b.lost.length) - Math.sign(a.lost.length) || (a.userName < b.userName ? -1 : 1))
      .slice(0, MOST_SHOWN),
    hash,
  };
}

/** By id. In pages, so that no statement meets the server's time-out, however many there are. */
async function allPeople(
  tx: Database,
  ofPeople: Omit<Parameters<typeof rolesOfPeople.bind>[0], 'after' | 'most'>,
): Promise<PersonRoles[]> {
  const people: PersonRoles[] = [];
  for (let after = NIL; ; after = people.at(-1)!.id /* a full page has a last one */) {
    const page = await tx.run(rolesOfPeople.bind({ ...ofPeople, after, most: PEOPLE_A_PAGE }));
    for (const person of page) people.push(person);
    if (page.length < PEOPLE_A_PAGE) return people;
  }
}

function differing(before: readonly PersonRoles[], after: readonly PersonRoles[]): AffectedPerson[] {
  const former = new Map(before.map(({ id, roles }) => [id, roles]));
  return after.flatMap(({ id, userName, active, roles }) => {
    const was = former.get(id) ?? roles;
    const gained = roles.filter((key) => !was.includes(key));
    const lost = was.filter((key) => !roles.includes(key));
    return gained.length + lost.length > 0 ? [{ userId: id, userName, active, gained, lost }] : [];
  });
}

/** @throws PREVIEW_CHANGED when the preview that was looked at is another one, or there was none. */
export function requirePreview({ hash }: RolePreview, seen: string | null | undefined): void {
  if (seen !== hash)
    throw new DomainError(
      'PREVIEW_CHANGED',
      seen == null
        ? 'Look at a preview of this change first, and send its hash.'
        : 'The people whom this change affects are others by now, or it is another change: look at a new preview.',
      { field: 'previewHash' },
    );
}

class Undone<T> extends Error {
  constructor(readonly result: T) {
    super();
  }
}

/** What `work` would come to: all that it wrote is undone. */
export async function triedOut<T>(db: Database, work: (tx: Database) => Promise<T>): Promise<T> {
  try {
    return await db.inTransaction(async (tx) => {
      throw new Undone(await work(tx));
    });
  } catch (error) {
    if (error instanceof Undone) return error.result;
    throw error;
  }
}
