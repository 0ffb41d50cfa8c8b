import type { AttrPath } from '#gateway/scim/attr-path.js';
import { excerpt, invalidPath } from '#gateway/scim/error.js';
import type { FilterNode } from '#gateway/scim/filter.js';
import { FilterParser } from '#gateway/scim/filter-parser.js';
import { type ResourceSchema, urnsOf } from '#gateway/scim/schemas.js';
import { type Note, unheard } from '#gateway/scim/tolerances.js';

/** The target of a PATCH operation (RFC 7644 §3.5.2). */
export interface PatchPath {
  /** `name.familyName` fills its `sub`. A path that is the URN of a schema, and so means all of it, has the name ''. */
  attr: AttrPath;
  filter: FilterNode | null;
  /** What follows the filter: `value` of `emails[type eq "work"].value`. */
  sub: string | null;
}

const MAX_CHARACTERS = 2000;

/**
 * Reads the path of a PATCH operation; whether the attribute exists is for the translator to say.
 *
 * @param schema lets the URN of a custom extension stand alone even if it does not end like `…:2.0:User`.
 * @throws invalidPath with the position; also over 2,000 characters.
 */
export function parsePath(text: string, schema?: ResourceSchema, note: Note = unheard): PatchPath {
  if (text.length > MAX_CHARACTERS) {
    throw invalidPath(`The path is longer than ${MAX_CHARACTERS} characters, beginning ${excerpt(text)}.`);
  }
  const fail: typeof invalidPath = (detail, at) =>
    invalidPath(`The path ${excerpt(text)} cannot be read: ${detail}`, at);
  const parser = new FilterParser(text, fail, note);
  const attr = parser.attrPath(schema && urnsOf(schema));
  const filter = parser.valueFilter();
  const sub = filter && parser.subAttribute();
  parser.end();
  if (filter && (attr.name === '' || attr.sub !== null)) {
    throw fail('a value filter belongs behind an attribute, not behind a schema or a sub-attribute', attr.at);
  }
  return { attr, filter, sub: sub?.name ?? null };
}
