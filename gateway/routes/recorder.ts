import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { RequestLog } from '#gateway/core/request-log.js';
import type { Recording } from '#gateway/routes/recording.js';
import type { Door } from '#schema/gateway-door.js';

/** Hands what requests leave behind to the request log: one for all that the gateway answers. */
export class Recorder {
  readonly #requestLog: RequestLog;
  readonly #log: Logger;

  constructor(parts: { door: Door; gatewayKey: string; log: Logger }) {
    this.#requestLog = new RequestLog(parts);
    this.#log = parts.log;
  }

  /**
   * The answer is out: whatever fails here is not the caller's business.
   *
   * @param status of the answer; null when none was sent.
   */
  record(req: IncomingMessage, recording: Recording, requestId: string, status: number | null): void {
    try {
      const entry = recording.toEntry(req, requestId, status);
      if (entry) this.#requestLog.add(entry);
      this.#requestLog.count(recording.met());
    } catch (error) {
      this.#log.error({ err: error, requestId }, 'a request could not be recorded');
    }
  }

  /** Sends what the request log is still owed. */
  close(): Promise<void> {
    return this.#requestLog.close();
  }
}
