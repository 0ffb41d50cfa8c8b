import type { PlainCompare } from '#gateway/translate/condition.js';

/** Whether a comparison holds for a text that is known, as the core would say it of one that is stored: order is that of code points. */
export function textHolds(
  text: string,
  { op, value }: Pick<PlainCompare, 'op' | 'value'>,
  caseExact: boolean,
): boolean {
  const fold = (each: string) => (caseExact ? each : each.toLowerCase());
  const [known, asked] = [fold(text), fold(String(value))];
  switch (op) {
    case 'eq':
      return known === asked;
    case 'co':
      return known.includes(asked);
    case 'sw':
      return known.startsWith(asked);
    case 'ew':
      return known.endsWith(asked);
    default: {
      const order = Buffer.compare(Buffer.from(known), Buffer.from(asked));
      return op === 'gt' ? order > 0 : op === 'ge' ? order >= 0 : op === 'lt' ? order < 0 : order <= 0;
    }
  }
}
