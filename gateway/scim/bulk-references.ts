import { isObject } from '#gateway/scim/json-object.js';

/*
 * References to what other operations of a Bulk create (RFC 7644 §3.7.2): the text `bulkId:qwerty` wherever an id can stand. In a `$ref` it may be the
 * end of an address, and in the path of a PATCH stand in a filter: `members[value eq "bulkId:qwerty"]`.
 */

const WHOLE = /^bulkId:(.+)$/s;
const AT_END = /(?<=\/)bulkId:([^/?#]+)$/;
const IN_FILTER = /(?<=")bulkId:([^"\\]+)(?=")/g;

/** The bulkIds that a text refers to. @param key of the member that it is. */
function inText(text: string, key: string): string[] {
  if (!text.includes('bulkId:')) return [];
  const whole = WHOLE.exec(text);
  if (whole) return [whole[1]!];
  if (key === '$ref') return AT_END.exec(text)?.slice(1) ?? [];
  return key === 'path' ? [...text.matchAll(IN_FILTER)].map(([, bulkId]) => bulkId!) : [];
}

/** All bulkIds that a value refers to, each once, in their order. */
export function referencesIn(value: unknown, key = ''): Set<string> {
  const found = new Set<string>();
  const look = (each: unknown, name: string): void => {
    if (typeof each === 'string') for (const bulkId of inText(each, name)) found.add(bulkId);
    else if (Array.isArray(each)) for (const element of each) look(element, name);
    else if (isObject(each)) for (const [member, inner] of Object.entries(each)) look(inner, member);
  };
  look(value, key);
  return found;
}

/** A copy with the ids in place of the references; those that are not in `ids` stay. */
export function withIds(value: unknown, ids: ReadonlyMap<string, string>, key = ''): unknown {
  if (typeof value === 'string') {
    if (!value.includes('bulkId:')) return value;
    const put = (reference: string, bulkId: string) => ids.get(bulkId) ?? reference;
    if (WHOLE.test(value)) return value.replace(WHOLE, put);
    if (key === '$ref') return value.replace(AT_END, put);
    return key === 'path' ? value.replace(IN_FILTER, put) : value;
  }
  if (Array.isArray(value)) return value.map((element) => withIds(element, ids, key));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, withIds(inner, ids, member)]));
}

/** What is added to a resource once the ids are known that it refers to. */
export interface Addition {
  path: string;
  value: unknown;
}

/**
 * Parts a resource that is created into what does not refer to `unknown` and what does, for a PATCH afterwards: elements of lists one by one, other
 * attributes whole, those of an extension each by itself.
 */
export function parted(data: unknown, unknown: ReadonlySet<string>): { data: unknown; later: Addition[] } {
  const refers = (value: unknown) => [...referencesIn(value)].some((bulkId) => unknown.has(bulkId));
  if (!isObject(data) || !refers(data)) return { data, later: [] };
  const later: Addition[] = [];
  const part = (object: object, prefix: string): object =>
    Object.fromEntries(
      Object.entries(object).flatMap(([name, value]): [string, unknown][] => {
        const path = prefix + name;
        if (!refers(value)) return [[name, value]];
        if (Array.isArray(value)) {
          later.push({ path, value: value.filter(refers) });
          return [[name, value.filter((element) => !refers(element))]];
        }
        if (isObject(value) && name.includes(':')) return [[name, part(value, `${name}:`)]];
        later.push({ path, value });
        return [];
      }),
    );
  return { data: part(data, ''), later };
}
