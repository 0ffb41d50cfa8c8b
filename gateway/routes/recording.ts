import type { IncomingMessage } from 'node:http';
import type { OperationDone } from '#gateway/core/client.js';
import { isSuspicious, LOOKED_BEYOND, Masking, MOST_BYTES, MOST_LOOKED_AT } from '#gateway/core/masking.js';
import type { CallerProfile } from '#gateway/core/profiles.js';
import type { LoggedRequest } from '#gateway/core/request-log.js';
import type { ToleranceMet } from '#gateway/core/tolerance-tally.js';
import { writeOnlyValues } from '#gateway/core/write-only-values.js';
import { tokenIn } from '#gateway/routes/credentials.js';
import type { Origin } from '#gateway/routes/origin.js';
import type { Tolerance } from '#gateway/scim/tolerances.js';
import { companyOfToken, hashOfToken } from '#schema/token-text.js';

const LONGEST_PATH = 8 * 1024;
const LONGEST_ERROR = 2 * 1024;
const LONGEST_METHOD = 20;
const NO_ANSWER = 499;
/** Of an answer that went well. The rest of a page shows nothing new, and to keep it took nearly as long as to answer. */
const MOST_OF_SUCCESS = 16 * 1024;

/** Whose a request was found to be, and what its directory wants kept. */
type KnownCaller = Pick<CallerProfile, 'companyId' | 'credentialId' | 'loggedSuccesses' | 'recordsBodiesUntil'> &
  Partial<Pick<CallerProfile, 'directoryId' | 'profile'>>;

/** What one request leaves behind for the request log; masked when it is over, and only what is kept. */
export class Recording {
  /** Who was found to be asking. */
  caller: KnownCaller | null = null;
  /** The credential, where the header holds no bearer token but that. */
  secret: string | null = null;
  /** The body as it was read; undefined when there was none, or when it could not be read as JSON. */
  body: unknown;
  /** Why it was refused, or broken off. */
  error: string | null = null;
  readonly #at = Date.now();
  readonly #startedAt = performance.now();
  readonly #operations: OperationDone[] = [];
  #tolerances: Map<Tolerance, number> | null = null;
  #bytes: Buffer | null = null;
  #answer = '';

  constructor(readonly origin: Origin) {}

  /** Counts a habit that was met. */
  readonly count = (tolerance: Tolerance): void => {
    this.#tolerances ??= new Map();
    this.#tolerances.set(tolerance, (this.#tolerances.get(tolerance) ?? 0) + 1);
  };

  /** Takes back what is counted from here on: call what it returns before the same is done again. */
  mark(): () => void {
    const before = this.#tolerances && new Map(this.#tolerances);
    return () => {
      this.#tolerances = before;
    };
  }

  readonly heard = (operation: OperationDone): void => {
    this.#operations.push(operation);
  };

  /** The body before anybody tried to understand it. A copy of its beginning, so that not all of a large one is held. */
  readonly keepBytes = (bytes: Buffer): void => {
    this.#bytes = bytes.length > MOST_LOOKED_AT ? Buffer.from(bytes.subarray(0, MOST_LOOKED_AT)) : bytes;
  };

  /** The answer's body, piece by piece. */
  readonly keepAnswer = (text: string): void => {
    if (this.#answer.length < MOST_LOOKED_AT) this.#answer += text.slice(0, MOST_LOOKED_AT);
  };

  /** The habits that were met, whether or not the request leaves an entry. */
  met(): ToleranceMet[] {
    const { companyId, directoryId } = this.caller ?? {};
    if (!this.#tolerances || companyId === undefined || directoryId === undefined) return [];
    return [...this.#tolerances].map(([name, count]) => ({ companyId, directoryId, name, count, at: this.#at }));
  }

  /**
   * @param status of the answer; null when none was sent.
   * @returns null when the directory does not want it kept, or when it is of no company.
   */
  toEntry(req: IncomingMessage, requestId: string, status: number | null): LoggedRequest | null {
    const token = this.secret ?? tokenIn(req.headers.authorization);
    const whose = this.caller ? ofCaller(this.caller) : ofToken(token);
    const { error } = this;
    const isFailure = error !== null || status === null || status >= 400;
    const kept = isFailure ? 'WITH_BODIES' : keptOfSuccesses(this.caller);
    if (!whose || kept === 'NONE') return null;

    const masking = new Masking(this.#knownSecrets(token, req.headers.authorization));
    const withBodies = kept === 'WITH_BODIES';
    const requestBody = withBodies ? this.#maskedBody(masking) : null;
    const path = masking.url(req.url ?? '');
    const mostOfAnswer = isFailure ? MOST_BYTES : MOST_OF_SUCCESS;
    const responseBody = withBodies ? this.#maskedAnswer(masking, mostOfAnswer) : null;
    const { clientAddress } = this.origin;
    const userAgent = this.origin.userAgent && masking.text(this.origin.userAgent);
    const why = error && masking.text(error);
    // From here on all that is secret is known.
    return {
      requestId,
      ...whose,
      at: this.#at,
      method: (req.method ?? '').slice(0, LONGEST_METHOD),
      path: masking.cleaned(path, LONGEST_PATH),
      status: status ?? NO_ANSWER,
      durationMs: Math.round(performance.now() - this.#startedAt),
      clientAddress,
      userAgent: userAgent && masking.cleaned(userAgent),
      error: why && masking.cleaned(why, LONGEST_ERROR),
      requestBody: requestBody && masking.cleaned(requestBody),
      responseBody: responseBody && masking.cleaned(responseBody, mostOfAnswer),
      tolerances: this.#tolerances ? [...this.#tolerances].map(([name, count]) => ({ name, count })) : [],
      operations: this.#operations,
    };
  }

  #knownSecrets(token: string | null, authorization: string | undefined): string[] {
    const known = token === null ? [] : [token];
    // Where the token is masked, nothing is left to hide of the header that holds it as it is.
    if (authorization !== undefined && !(token !== null && authorization.includes(token))) known.push(authorization);
    const profile = this.caller?.profile;
    return profile && this.body !== undefined ? [...known, ...writeOnlyValues(this.body, profile)] : known;
  }

  #maskedAnswer(masking: Masking, most: number): string | null {
    if (this.#answer === '') return null;
    const answer = this.#answer.slice(0, most + LOOKED_BEYOND);
    // We wrote it: read and written again, it would be the same.
    if (!isSuspicious(answer)) return answer;
    try {
      return masking.json(JSON.parse(answer));
    } catch {
      return masking.text(answer); // cut off
    }
  }

  #maskedBody(masking: Masking): string | null {
    if (this.body !== undefined) {
      const isShort = this.#bytes !== null && this.#bytes.length < MOST_LOOKED_AT;
      const text = isShort ? JSON.stringify(this.body) : null;
      return text === null || isSuspicious(text) ? masking.json(this.body) : text;
    }
    return this.#bytes && this.#bytes.length > 0 ? masking.text(this.#bytes.toString('utf8')) : null;
  }
}

type Whose = Pick<LoggedRequest, 'companyId' | 'credentialId' | 'tokenHash'>;

function ofCaller({ companyId, credentialId }: KnownCaller): Whose {
  return { companyId, credentialId, tokenHash: null };
}

/** A credential that was refused, or that nobody asked about: whose it was, the core finds out. */
function ofToken(token: string | null): Whose | null {
  const companyId = token === null ? null : companyOfToken(token);
  if (token === null || companyId === null) return null;
  return { companyId, credentialId: null, tokenHash: hashOfToken(token).toString('hex') };
}

function keptOfSuccesses(caller: KnownCaller | null): KnownCaller['loggedSuccesses'] {
  if (!caller) return 'NONE';
  return Date.now() < caller.recordsBodiesUntil ? 'WITH_BODIES' : caller.loggedSuccesses;
}
