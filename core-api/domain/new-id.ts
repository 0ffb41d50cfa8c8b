import { randomFillSync } from 'node:crypto';

const random = Buffer.alloc(10 * 512);
let used = random.length;
let lastTime = 0;
let sequence = 0;

/**
 * A UUIDv7 (RFC 9562 §5.7): ids sort by the time they were made, also within one millisecond of one process, so that the order of creation is
 * the order of the primary key.
 */
export function newId(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  const now = Date.now();
  if (now > lastTime) {
    lastTime = now;
    sequence = 0;
  } else if (++sequence > 0xfff) {
    lastTime += 1;
    sequence = 0;
  }
  const time = lastTime.toString(16).padStart(12, '0');
  const rest = random.toString('hex', used, used + 8);
  used += 10;
  const variant = ((Number.parseInt(rest[0]!, 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${sequence.toString(16).padStart(3, '0')}-${variant}${rest.slice(1, 4)}-${rest.slice(4, 16)}`;
}

/** The id of nobody. */
export const NIL_ID = '00000000-0000-0000-0000-000000000000';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether `text` can be an id of ours. What is not, is simply not found: providers ask for ids of any shape. */
export function isId(text: string): boolean {
  return UUID.test(text);
}
