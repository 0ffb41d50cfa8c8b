import { type SqlBool, sql } from 'kysely';
import { DIRECTORY_OF_CHANGE } from '#core-api/persistence/stores/changes.js';
import { anyOf, type Condition } from '#core-api/persistence/stores/filter-sql.js';
import { unsupportedFilter } from '../errors.js';
import { FilterTree } from '../filter-tree.js';
import type { DateTimeFilter, Logic, StringFilter } from '../paging.js';
import { isStorable } from '../text.js';

/** All that are given must hold. Texts compare exactly. */
export interface ChangeFilter {
  kind?: StringFilter | null;
  objectType?: StringFilter | null;
  objectId?: StringFilter | null;
  /** The member that changed, dotted: `title`, `profile.attributes`, `extensions.urn:example:a.badge`. */
  field?: string | null;
  actorId?: StringFilter | null;
  source?: StringFilter | null;
  credentialId?: StringFilter | null;
  /** The directory of the token that was used. */
  directoryId?: StringFilter | null;
  requestId?: StringFilter | null;
  at?: DateTimeFilter | null;
}

/** @throws UNSUPPORTED_FILTER */
export function toChangeCondition(filter: ChangeFilter): Condition {
  const tree = new FilterTree();
  const text = (column: string) => (terms: StringFilter) =>
    tree.text({ text: sql.ref(`change.${column}`), comparison: 'EXACT' }, terms);
  const id = (column: string) => (terms: StringFilter) => tree.id(sql.ref(`change.${column}`), terms);
  return tree.toCondition<ChangeFilter & Logic<ChangeFilter>>(filter, {
    kind: text('kind'),
    objectType: text('object_type'),
    objectId: id('object_id'),
    field: hasChanged,
    actorId: id('actor_id'),
    source: text('source'),
    credentialId: id('credential_id'),
    directoryId: (terms) => tree.id(DIRECTORY_OF_CHANGE, terms),
    requestId: text('request_id'),
    at: (terms) => tree.time(sql.ref('change.at'), terms),
  });
}

const LONGEST_FIELD = 255;

function hasChanged(field: string): Condition {
  if (field === '' || field.length > LONGEST_FIELD || !isStorable(field))
    throw unsupportedFilter('field is the dotted name of a member: title, profile.attributes.');
  return anyOf(
    pathsOf(field).map(
      (path) => sql<SqlBool>`change.before #> ${path}::text[] is distinct from change.after #> ${path}::text[]`,
    ),
  );
}

/** A URN has dots of its own, so what follows `extensions.` is a URN, or a URN and one attribute of it. */
function pathsOf(field: string): string[][] {
  const [, urn] = /^extensions\.(.+)$/.exec(field) ?? [];
  if (urn === undefined) return [field.split('.')];
  const dot = urn.lastIndexOf('.');
  return dot < 0
    ? [['extensions', urn]]
    : [
        ['extensions', urn],
        ['extensions', urn.slice(0, dot), urn.slice(dot + 1)],
      ];
}
