import { whyNoAnswer } from './no-answer.js';

const REQUEST_MS = 5_000;
const MOST_BYTES = 2_000_000;
const LONGEST_DETAIL = 300;
const MOST_PAUSES = 3;
const SCIM_JSON = 'application/scim+json';

export interface ProbeAnswer {
  status: number;
  headers: Headers;
  /** The parsed body; null when there is none, or when it is no JSON object. */
  body: Record<string, unknown> | null;
}

interface ProbeRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the address that is tested. */
  path: string;
  body?: object;
  /** The target's own when left out; null sends none. */
  token?: string | null;
}

/** Why a step failed, in words for whoever set the server up. */
export class ProbeFailure extends Error {
  constructor(
    readonly got: string,
    readonly howToMend: string,
    readonly status: number | null = null,
  ) {
    super(got);
  }
}

/** Sends what a test asks for to one address and to no other: it follows no redirect, and takes no path from outside. */
export class ProbeHttp {
  /** Of the last answer; null when there was none. */
  lastStatus: number | null = null;

  /**
   * @param root without a slash at its end
   * @param deadline ends whatever is under way
   */
  constructor(
    readonly root: string,
    private readonly token: string,
    private readonly deadline: AbortSignal,
  ) {}

  /** @throws ProbeFailure when there is no answer */
  async send(request: ProbeRequest): Promise<ProbeAnswer> {
    for (let pauses = 0; ; pauses++) {
      const answer = await this.#sendOnce(request);
      this.lastStatus = answer.status;
      if (answer.status !== 429 || pauses === MOST_PAUSES) return answer;
      await this.#pause(Number(answer.headers.get('retry-after')) || 1);
    }
  }

  async #sendOnce({ method = 'GET', path, body, token = this.token }: ProbeRequest): Promise<ProbeAnswer> {
    this.lastStatus = null;
    try {
      const response = await fetch(this.root + path, {
        method,
        redirect: 'manual',
        headers: {
          accept: SCIM_JSON,
          'user-agent': 'Rollcall-Test',
          ...(token !== null && { authorization: `Bearer ${token}` }),
          ...(body && { 'content-type': SCIM_JSON }),
        },
        body: body && JSON.stringify(body),
        signal: AbortSignal.any([this.deadline, AbortSignal.timeout(REQUEST_MS)]),
      });
      const text = await textOf(response);
      return { status: response.status, headers: response.headers, body: objectIn(text) };
    } catch (error) {
      throw unreachable(error, this.root);
    }
  }

  async #pause(seconds: number): Promise<void> {
    const wake = AbortSignal.any([this.deadline, AbortSignal.timeout(Math.min(seconds, REQUEST_MS / 1_000) * 1_000)]);
    await new Promise<void>((resolve) => {
      if (wake.aborted) resolve();
      wake.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

/** What an answer says, short enough for a line: never a body that is not SCIM's. */
export function described({ status, headers, body }: ProbeAnswer): string {
  const detail = body && typeof body.detail === 'string' ? body.detail.slice(0, LONGEST_DETAIL) : null;
  const type = headers.get('content-type')?.split(';')[0];
  return `${status}${detail ? `: ${detail}` : body || !type ? '' : ` (${type.slice(0, 80)})`}`;
}

/** The failure that an answer of another status is, with what most likely causes it. */
export function unexpected(answer: ProbeAnswer, root: string, hint?: string): ProbeFailure {
  return new ProbeFailure(described(answer), hint ?? likelyCause(answer, root), answer.status);
}

function likelyCause({ status, headers, body }: ProbeAnswer, root: string): string {
  const isScim = Array.isArray(body?.schemas);
  if (status >= 300 && status < 400)
    return `${root} redirects (${headers.get('location')?.slice(0, 200) ?? 'nowhere'}), which identity providers do not follow: set ROLLCALL_PUBLIC_URL to the address at the end.`;
  if (status === 401)
    return 'The credential does not arrive as it was sent: let the proxy in front of Rollcall pass the header Authorization unchanged.';
  if (status === 405 || (status === 501 && !isScim))
    return 'Something in front of Rollcall refuses the method: let the proxy or firewall pass GET, POST, PUT, PATCH and DELETE.';
  if (status === 413 || status === 415)
    return 'Something in front of Rollcall refuses the body: let it pass application/scim+json, up to the sizes in ServiceProviderConfig.';
  if (status === 429) return 'Raise ROLLCALL_SCIM_RATE, or the limit of the proxy in front of Rollcall.';
  if (!isScim)
    return `Something else than Rollcall answers at ${root}: set ROLLCALL_PUBLIC_URL to the address that leads to it, and let the proxy pass /scim/v2/ and /.well-known/.`;
  if (status >= 500) return `Look into the server's log for request ${headers.get('x-request-id') ?? '(no id)'}.`;
  return "The message says what was refused: change the directory's profile accordingly.";
}

function unreachable(error: unknown, root: string): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  const { sentence, code, isTls } = whyNoAnswer(error);
  return new ProbeFailure(
    `${sentence} (${code})`,
    isTls
      ? `Give ${new URL(root).host} a certificate that identity providers trust, or set ROLLCALL_PUBLIC_URL to the name that it is for.`
      : `See that the server runs. Set ROLLCALL_PUBLIC_URL (now ${root}) to the address at which identity providers reach this server, and see that it is reached from here, too.`,
  );
}

/** @throws ProbeFailure: whatever answers in such length is not Rollcall. */
async function textOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) {
      await response.body?.cancel().catch(() => undefined);
      throw new ProbeFailure('The answer has no end.', 'Something else than Rollcall answers there.', response.status);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
