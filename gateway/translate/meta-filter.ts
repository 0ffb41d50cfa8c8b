import {
  constant,
  dateTimeCondition,
  numberCondition,
  type PlainCompare,
  textCondition,
  unknownAttribute,
  unsuitable,
} from '#gateway/translate/condition.js';
import { textHolds } from '#gateway/translate/text-holds.js';
import type { DateTimeFilter, NumberFilter, StringFilter } from '#schema/generated/gateway.js';

interface IdFilter<F> {
  and?: F[] | null;
  or?: F[] | null;
  not?: F | null;
  id?: StringFilter | null;
}

/** The members that the filters of users and teams have in common. */
interface MetaFilter<F> extends IdFilter<F> {
  createdAt?: DateTimeFilter | null;
  updatedAt?: DateTimeFilter | null;
  version?: NumberFilter | null;
}

/** What a comparison with `meta` is about. */
interface MetaOf {
  resourceType: 'User' | 'Group';
  /** `https://…/scim/v2`, without a slash at its end. */
  baseUrl: string;
}

/** A comparison with a member of `meta`. */
export function metaCondition<F extends MetaFilter<F>>(sub: string | null, node: PlainCompare, of: MetaOf): F {
  switch (sub) {
    case 'created':
      return { createdAt: dateTimeCondition(node) } as F; // F has the member
    case 'lastModified':
      return { updatedAt: dateTimeCondition(node) } as F; // likewise
    case 'version':
      return versionCondition(node);
    case 'resourceType':
      return constant<F>(textHolds(of.resourceType, node, true));
    case 'location':
      return addressCondition<F>(`${of.baseUrl}/${of.resourceType}s/`, node);
    default:
      throw unknownAttribute(node.path);
  }
}

/**
 * A comparison with an address that is made of a beginning and the id, as a condition on the id; addresses mind case.
 *
 * @param beginning with the slash in front of the id
 */
export function addressCondition<F extends IdFilter<F>>(beginning: string, node: PlainCompare): F {
  const text = String(node.value);
  const ofId = (op: PlainCompare['op'], value: string) => ({ id: textCondition({ ...node, op, value }) }) as F; // F has the member
  switch (node.op) {
    case 'eq':
      return text.startsWith(beginning) ? ofId('eq', text.slice(beginning.length)) : constant<F>(false);
    case 'sw':
      return text.startsWith(beginning)
        ? ofId('sw', text.slice(beginning.length))
        : constant<F>(beginning.startsWith(text));
    case 'ew':
    case 'co': {
      if (node.op === 'co' && beginning.includes(text)) return constant<F>(true);
      // The text can stand across the seam in as many ways as it has beginnings.
      const most = Math.min(text.length, beginning.length);
      const across = Array.from({ length: most }, (_, i) => i + 1).filter((at) =>
        beginning.endsWith(text.slice(0, at)),
      );
      const rest = across.map((at) => ofId(node.op === 'ew' ? 'eq' : 'sw', text.slice(at)));
      return { or: [ofId(node.op, text), ...rest] } as F; // F has the member
    }
    default:
      return text.startsWith(beginning)
        ? ofId(node.op, text.slice(beginning.length))
        : constant<F>(textHolds(beginning, node, true));
  }
}

/** `W/"3"`, `"3"` or 3; another text is a version that nothing has. */
function versionCondition<F extends MetaFilter<F>>(node: PlainCompare): F {
  if (node.op !== 'eq') throw unsuitable(node, 'entity tag');
  const digits = /^(?:W\/)?"?(\d{1,9})"?$/.exec(String(node.value))?.[1];
  if (digits === undefined) return constant<F>(false);
  return { version: numberCondition({ ...node, value: Number(digits) }) } as F; // F has the member
}
