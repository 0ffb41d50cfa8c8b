/** An attribute as a filter or a path names it (RFC 7644, attrPath of §3.4.2.2); whether it exists is not yet known. */
export interface AttrPath {
  /** As sent; null when the name is not qualified. */
  urn: string | null;
  /** '' when the text is a URN alone, and so means all of that schema. */
  name: string;
  sub: string | null;
  /** 1-based position of its first character. */
  at: number;
}

/** What reaches for a prototype names no attribute; `__proto__` does not begin like one anyway. */
const ATTRIBUTE_NAME = /^(?!(?:constructor|prototype)$)(?:[a-z][a-z0-9_-]*|\$ref)$/i;

/** A schema that nobody told us about, named whole. Other URNs end in an attribute, after their last colon. */
const SCHEMA_URN_PATTERN = /:\d+(?:\.\d+)*:(?:User|Group)$/i;

/**
 * Splits `urn:…:2.0:User:name.familyName` at the last colon, then at the dot: the dots and colons of a URN stay in it.
 *
 * @param urns the schemas that may be named whole, without an attribute, however their URNs end.
 * @returns null when the text is no attribute path.
 */
export function splitAttrPath(text: string, at: number, urns: readonly string[] = []): AttrPath | null {
  if (isSchemaUrn(text, urns)) return { urn: text, name: '', sub: null, at };

  const colon = text.lastIndexOf(':');
  const urn = colon < 0 ? null : text.slice(0, colon);
  const [name = '', sub = null, ...more] = text.slice(colon + 1).split('.');
  const isValid = urn !== '' && isAttributeName(name) && (sub === null || isAttributeName(sub)) && more.length === 0;
  return isValid ? { urn, name, sub, at } : null;
}

/** The path as it is written. */
export function attrPathText({ urn, name, sub }: Pick<AttrPath, 'urn' | 'name' | 'sub'>): string {
  return `${urn ? `${urn}:` : ''}${name}${sub ? `.${sub}` : ''}`;
}

export function isAttributeName(text: string): boolean {
  return ATTRIBUTE_NAME.test(text);
}

function isSchemaUrn(text: string, urns: readonly string[]): boolean {
  if (!text.includes(':')) return false;
  const lower = text.toLowerCase();
  return SCHEMA_URN_PATTERN.test(text) || urns.some((urn) => urn.toLowerCase() === lower);
}
