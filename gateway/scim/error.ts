import { ERROR_URN } from '#gateway/scim/urns.js';

/** The detail error keywords of RFC 7644 §3.12, table 9, and of RFC 9865 §2.1. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive'
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount';

/** The body of every answer that is not a success (RFC 7644 §3.12). `status` is a string: the RFC's examples and Okta's test ask for it. */
export interface ScimErrorBody {
  schemas: [typeof ERROR_URN];
  status: string;
  scimType?: ScimType;
  detail: string;
}

/** A request that is refused, in the words its sender will read: `detail` is shown to administrators by Okta and Entra. */
export class ScimError extends Error {
  override readonly name = 'ScimError';

  constructor(
    readonly status: number,
    readonly scimType: ScimType | null,
    readonly detail: string,
    readonly headers?: Record<string, string>,
  ) {
    super(detail);
  }

  toBody(): ScimErrorBody {
    return {
      schemas: [ERROR_URN],
      status: String(this.status),
      ...(this.scimType && { scimType: this.scimType }),
      detail: this.detail,
    };
  }
}

/** Makes the error of a text that cannot be read; `at` is the 1-based character where reading stopped. */
export type SyntaxFailure = (detail: string, at?: number) => ScimError;

export const invalidFilter: SyntaxFailure = (detail, at) => new ScimError(400, 'invalidFilter', located(detail, at));
export const invalidPath: SyntaxFailure = (detail, at) => new ScimError(400, 'invalidPath', located(detail, at));
export const invalidSyntax: SyntaxFailure = (detail, at) => new ScimError(400, 'invalidSyntax', located(detail, at));
export const invalidValue = (detail: string) => new ScimError(400, 'invalidValue', detail);
export const invalidCount = (detail: string) => new ScimError(400, 'invalidCount', detail);
export const invalidCursor = () =>
  new ScimError(400, 'invalidCursor', 'The cursor is not one of this list, with this filter and this order.');
export const mutability = (detail: string) => new ScimError(400, 'mutability', detail);
export const noTarget = (detail: string) => new ScimError(400, 'noTarget', detail);
export const tooMany = (detail: string) => new ScimError(400, 'tooMany', detail);

/** @param allowed the methods this address does answer, for the Allow header. */
export const methodNotAllowed = (method: string, allowed: readonly string[]) =>
  new ScimError(405, null, `${excerpt(method)} is not possible here; ${allowed.join(', ')} would be.`, {
    Allow: allowed.join(', '),
  });

export const payloadTooLarge = (maxBytes: number) =>
  new ScimError(413, null, `The body is larger than the ${maxBytes} bytes that are read here.`);

export const uriTooLong = (maxCharacters: number) =>
  new ScimError(414, null, `The query string is longer than the ${maxCharacters} characters that are read here.`);

/** What a 401 must carry (RFC 9110 §11.6.1). */
export const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="Rollcall"' };

export const unauthorized = (detail: string) => new ScimError(401, null, detail, CHALLENGE);

export const unsupportedMediaType = () =>
  new ScimError(415, null, 'Send the body as application/scim+json or application/json, in UTF-8.');

const EXCERPT_LENGTH = 60;

/** A caller's text as it may stand in a `detail`: quoted, control characters escaped, cut to 60 characters. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}…` : text);
}

function located(detail: string, at?: number): string {
  return at === undefined ? detail : `${detail} (at character ${at})`;
}
