export type ScimMediaType = 'application/scim+json' | 'application/json';

/**
 * Chooses the media type of the answer. Only who names application/json, and not application/scim+json, gets it
 * (OneLogin asks for it); Entra's validator stops at anything but scim+json. An `Accept` that we cannot satisfy is
 * answered all the same: a 406 would break the set-up of connectors that send a browser's header.
 */
export function negotiate(accept: string | undefined): ScimMediaType {
  const accepted = (accept ?? '')
    .split(',')
    .map(parseMediaType)
    .filter(({ parameters }) => Number(parameters.get('q') ?? 1) !== 0)
    .map(({ type }) => type);
  return accepted.includes('application/json') && !accepted.includes('application/scim+json')
    ? 'application/json'
    : 'application/scim+json';
}

/** Whether a body of this Content-Type is read as JSON. Without the header it is: Entra and scripts leave it out. */
export function isJsonContentType(contentType: string | undefined): boolean {
  if (!contentType?.trim()) return true;
  const { type, parameters } = parseMediaType(contentType);
  const charset = parameters.get('charset') ?? 'utf-8';
  return isJson(type) && (charset === 'utf-8' || charset === 'utf8');
}

/** Whether it is one of the two that SCIM knows (RFC 7644 §3.1, §3.8), in its only encoding. */
export function isScimContentType(contentType: string): boolean {
  const { type, parameters } = parseMediaType(contentType);
  return (
    (type === 'application/scim+json' || type === 'application/json') &&
    (parameters.get('charset') ?? 'utf-8') === 'utf-8'
  );
}

function isJson(type: string): boolean {
  return type === 'application/json' || (type.includes('/') && type.endsWith('+json'));
}

interface MediaType {
  type: string;
  parameters: Map<string, string>;
}

/** Everything in lower case and unquoted. Splits only, no pattern: a header of any shape costs one pass. */
function parseMediaType(text: string): MediaType {
  const [type = '', ...rest] = text.toLowerCase().split(';');
  const parameters = rest.map((parameter): [string, string] => {
    const [name = '', value = ''] = parameter.split('=', 2);
    return [name.trim(), value.trim().replaceAll('"', '')];
  });
  return { type: type.trim(), parameters: new Map(parameters) };
}
