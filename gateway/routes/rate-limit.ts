import { ScimError } from '#gateway/scim/error.js';

const BURST_SECONDS = 4;
const MAX_BUCKETS = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** A token bucket for each directory, or whatever else is counted, in this process: `rate` a second, four times as many at once. Rate 0: no limit. */
export class RateLimit {
  readonly #buckets = new Map<string, Bucket>();
  readonly #burst: number;

  constructor(
    private readonly rate: number,
    private readonly now: () => number = Date.now,
  ) {
    this.#burst = rate * BURST_SECONDS;
  }

  /** @throws 429 with Retry-After, and the headers that SailPoint reads. */
  take(directoryId: string): void {
    const seconds = this.secondsToWait(directoryId);
    if (seconds > 0) throw this.#refusal(seconds);
  }

  /** Takes tokens for what is being answered already; those that are not there are owed by the requests that follow. */
  charge(directoryId: string, tokens: number): void {
    if (this.rate > 0) this.#bucketOf(directoryId).tokens -= tokens;
  }

  /** 0 when there was a token, which is then taken. */
  secondsToWait(key: string): number {
    if (this.rate === 0) return 0;
    const bucket = this.#bucketOf(key);
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / this.rate));
    bucket.tokens--;
    return 0;
  }

  #bucketOf(key: string): Bucket {
    const now = this.now();
    const known = this.#buckets.get(key);
    if (known) {
      known.tokens = Math.min(this.#burst, known.tokens + ((now - known.at) * this.rate) / 1000);
      known.at = now;
      return known;
    }
    if (this.#buckets.size >= MAX_BUCKETS) this.#forgetFull(now);
    const bucket = { tokens: this.#burst, at: now };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  /** A bucket that has filled up again says no more than one that is not there. */
  #forgetFull(now: number): void {
    for (const [id, { at }] of this.#buckets) if (now - at >= BURST_SECONDS * 1000) this.#buckets.delete(id);
  }

  #refusal(seconds: number): ScimError {
    return new ScimError(429, null, `At most ${this.rate} requests a second are answered for one directory.`, {
      'Retry-After': String(seconds),
      'X-Rate-Limit-Limit': String(this.rate),
      'X-Rate-Limit-Remaining': '0',
      'X-Rate-Limit-Reset': String(Math.ceil(this.now() / 1000) + seconds),
      'X-Rate-Limit-Retry-After-Seconds': String(seconds),
    });
  }
}
