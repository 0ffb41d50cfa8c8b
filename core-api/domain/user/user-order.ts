import { type Expression, sql } from 'kysely';
import type { OrderBy, PageOrder } from '#core-api/persistence/stores/page-sql.js';
import type { ProfileAttribute, ProfileExtension } from '#schema/profile.js';
import { type OrderPaths, orderBy, orderPath, textKey, textOrder, unknownOrder } from '../list-order.js';
import type { PathOrder } from '../paging.js';
import { LIST_ATTRIBUTES, TEXT_ATTRIBUTES } from './attributes.js';
import { asBoolean, asNumber, asText, asTime, leafOf } from './extension-leaf.js';
import type { UserOrderField } from './user-types.js';

const FIELDS: Readonly<Record<UserOrderField, string>> = {
  ID: 'id',
  CREATED_AT: 'createdAt',
  UPDATED_AT: 'updatedAt',
  USER_NAME: 'userName',
  DISPLAY_NAME: 'displayName',
  FAMILY_NAME: 'name.familyName',
  GIVEN_NAME: 'name.givenName',
  EXTERNAL_ID: 'externalId',
};

export const USER_ID: Expression<string> = sql`u.id`;

/** Of a list the primary element counts, else the first (RFC 7644 §3.4.2.3). */
const chosenOf = (list: Expression<unknown>) =>
  sql`coalesce(jsonb_path_query_first(${list}, '$[*] ? (@.primary == true)'), ${list} -> 0)`;

/** The first in the order in which a user shows its teams. */
const ofFirstTeam = (column: 'id' | 'display_name_key') => sql<string>`(select t.${sql.raw(column)}::text
  from team_membership m join team t on t.company_id = m.company_id and t.id = m.team_id
  where m.company_id = u.company_id and m.user_id = u.id and t.deleted_at is null order by t.display_name_key, t.id limit 1)`;

/** Made once of the catalogue: no text of a request becomes part of a statement. */
const PATHS: OrderPaths = new Map<string, OrderBy | null>(
  [
    ...TEXT_ATTRIBUTES.map(({ field, column, caseExact }): [string, OrderBy] => [
      field,
      textOrder(sql.raw(`u.${column}`), caseExact),
    ]),
    ...LIST_ATTRIBUTES.flatMap(({ field, column, members, caseExactValue }) =>
      [...members.keys(), 'primary' as const].map((member): [string, OrderBy] => [
        `${field}.${member}`,
        textOrder(
          sql`(${chosenOf(sql.raw(`u.${column}`))} ->> ${sql.lit(member)})`,
          caseExactValue && member === 'value',
        ),
      ]),
    ),
    ['id', null] as const,
    // An index has these as they are.
    ['userName', orderBy(sql`u.user_name_key`, 'text')] as const,
    ['externalId', orderBy(sql`u.external_id`, 'text', true)] as const,
    // false sorts before true, as a truth value and as a text.
    ['active', orderBy(sql`u.active::text collate "C"`, 'text')] as const,
    ['createdAt', orderBy(sql`u.created_at`, 'timestamptz')] as const,
    ['updatedAt', orderBy(sql`u.updated_at`, 'timestamptz')] as const,
    ['version', orderBy(sql`u.version`, 'int')] as const,
    ['teams.id', textOrder(ofFirstTeam('id'), true)] as const,
    ['teams.displayName', textOrder(ofFirstTeam('display_name_key'), true)] as const,
  ].map(([path, order]) => [path.toLowerCase(), order]),
);

/** Whether a path leads into an extension, whose declaration says how it is ordered. */
export const isExtensionPath = (path: string | null | undefined): boolean => path?.includes(':') ?? false;

/**
 * The order of a list of users: by id, which is the order of creation, unless something else is asked for.
 *
 * @param declared the extensions that a path may lead into; the first with a URN speaks for it.
 * @throws INVALID_VALUE (a path that leads nowhere)
 */
export function toUserOrder(
  order: PathOrder<UserOrderField> | null | undefined,
  declared: readonly ProfileExtension[],
): PageOrder {
  const path = orderPath(order, FIELDS);
  const by = findUserOrder(path, declared);
  if (by === undefined) throw unknownOrder(path);
  return { id: USER_ID, direction: order?.direction ?? 'ASC', by };
}

/** @returns undefined when the path leads nowhere. */
export function findUserOrder(path: string, declared: readonly ProfileExtension[]): OrderBy | null | undefined {
  return isExtensionPath(path) ? inExtension(path, declared) : PATHS.get(path.toLowerCase());
}

const named = (name: string) => (each: { name: string }) => each.name.toLowerCase() === name.toLowerCase();

function inExtension(path: string, declared: readonly ProfileExtension[]): OrderBy | undefined {
  const colon = path.lastIndexOf(':');
  const urn = path.slice(0, colon).toLowerCase();
  const extension = declared.find((each) => each.urn.toLowerCase() === urn);
  const [name = '', member, ...deeper] = path.slice(colon + 1).split('.');
  const attribute = extension?.attributes.find(named(name));
  if (!extension || !attribute || deeper.length > 0) return undefined;
  // A complex attribute alone means its value, if it has one.
  const sub = attribute.subAttributes?.find(named(member ?? 'value')) ?? null;
  const isPlain = attribute.type !== 'complex';
  if ((!sub && (!isPlain || member !== undefined)) || isHidden(attribute) || (sub && isHidden(sub))) return undefined;
  return ofLeaf(extension.urn, attribute, sub);
}

/** What nobody may read cannot be found out by sorting either. */
const isHidden = ({ mutability }: ProfileAttribute) => mutability === 'writeOnly';

function ofLeaf(urn: string, attribute: ProfileAttribute, sub: ProfileAttribute | null): OrderBy {
  const { type, caseExact } = sub ?? attribute;
  const leaf = sql`l.leaf`;
  const pick = (value: Expression<unknown>) => sql<string | null>`(select ${value}
    from jsonb_each(u.extensions) x, jsonb_each(x.value) s,
      lateral (select case jsonb_typeof(s.value) when 'array' then ${chosenOf(sql`s.value`)} else s.value end as value) c,
      lateral (select ${leafOf(sql`c.value`, sub?.name ?? null)} as leaf) l
    where lower(x.key) = lower(${urn}::text) and lower(s.key) = lower(${attribute.name}::text) limit 1)`;
  switch (type) {
    case 'boolean':
      return textOrder(pick(sql`${asBoolean(leaf)}::text`), true);
    case 'integer':
    case 'decimal':
      return orderBy(pick(asNumber(leaf)), 'float8', true);
    case 'dateTime':
      return textOrder(pick(asTime(leaf)), true);
    default:
      return orderBy(sql`${pick(textKey(asText(leaf), caseExact))} collate "C"`, 'text', true);
  }
}
