import { attrPathText, splitAttrPath } from '#gateway/scim/attr-path.js';
import { type Projection, parseProjection } from '#gateway/scim/projection.js';
import type { Query } from '#gateway/scim/query.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { aliasOf } from '#gateway/translate/user-target.js';

/** What is wanted of a user. An alias asks for what it stands for, and for the attribute that may share its name. */
export function toUserProjection(query: Pick<Query, 'get'>, dialect: Dialect): Projection {
  const named = (parameter: string) => withTargets(query.get(parameter), dialect);
  return parseProjection(named('attributes'), named('excludedAttributes'), dialect.schema);
}

function withTargets(names: string | null, dialect: Dialect): string | null {
  if (names === null || dialect.aliases.size === 0) return names;
  const all = names.split(',').flatMap((name) => {
    const path = splitAttrPath(name.trim(), 1);
    const target = path && aliasOf(dialect, path);
    return target ? [name, attrPathText({ ...target, sub: path.sub ?? target.sub })] : [name];
  });
  return all.join(',');
}
