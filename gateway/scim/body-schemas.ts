import { isObject, memberOf } from '#gateway/scim/json-object.js';
import type { Note } from '#gateway/scim/tolerances.js';

/**
 * Notes what is amiss with the `schemas` of a body (RFC 7643 §3): an extension may be named and not be there, but not the other way round.
 *
 * @param urns those that the body may name; the first one it has to.
 */
export function noteSchemas(body: object, urns: readonly string[], note: Note): void {
  const schemas = memberOf(body, 'schemas');
  if (schemas == null || (Array.isArray(schemas) && schemas.length === 0)) {
    note('NO_SCHEMAS', 'schemas');
    return;
  }
  const named = new Set(
    (Array.isArray(schemas) ? schemas : [schemas]).map((urn: unknown) =>
      typeof urn === 'string' ? urn.toLowerCase() : '',
    ),
  );
  const [core = '', ...extensions] = urns.map((urn) => urn.toLowerCase());
  const foreign = [...named].find((urn) => urn !== core && !extensions.includes(urn));
  if (!Array.isArray(schemas) || foreign !== undefined || !named.has(core)) note('OTHER_SCHEMAS', 'schemas', foreign);
  for (const [key, value] of Object.entries(body)) {
    const urn = key.toLowerCase();
    if (isObject(value) && extensions.includes(urn) && !named.has(urn)) note('UNDECLARED_EXTENSION', key);
  }
}
