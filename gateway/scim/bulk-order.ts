import type { BulkOperation } from '#gateway/scim/bulk.js';

/** An operation, with what its order depends on. */
export interface Ordered {
  asked: Pick<BulkOperation, 'method' | 'resourceType'>;
  /** The indexes of the operations that create what this one refers to. */
  needs: readonly number[];
}

/** An operation in its turn. */
export interface Step {
  index: number;
  /** Of what it needs, those that come after it nevertheless, because they need it in their turn: a circle. */
  later: readonly number[];
}

/**
 * The order in which the operations are done: the order of the client, but what an operation needs comes before it (RFC 7644 §3.7.2).
 *
 * @param isExact keeps to that, because the client wants to stop at failures. Otherwise users that are created may overtake operations on groups which
 *   stand between them: that way a thousand of both are two batches instead of a thousand, and end in the same.
 */
export function inOrder(operations: readonly (Ordered | null)[], isExact: boolean): Step[] {
  const steps: Step[] = [];
  const state = new Map<number, 'BEGUN' | 'DONE'>();
  // With a stack of its own: the client chooses how long a chain of references is.
  for (const first of operations.keys()) {
    const stack = [first];
    while (stack.length > 0) {
      const index = stack.at(-1)!;
      const needs = operations[index]?.needs ?? [];
      if (!state.has(index)) {
        state.set(index, 'BEGUN');
        stack.push(...needs.filter((need) => !state.has(need)).reverse());
        continue;
      }
      stack.pop();
      if (state.get(index) === 'DONE') continue;
      state.set(index, 'DONE');
      steps.push({ index, later: needs.filter((need) => state.get(need) !== 'DONE') });
    }
  }
  return isExact ? steps : usersFirst(steps, operations);
}

/** Within each stretch of created users and operations on groups. */
function usersFirst(steps: readonly Step[], operations: readonly (Ordered | null)[]): Step[] {
  const ordered: Step[] = [];
  let groups: Step[] = [];
  for (const step of steps) {
    const operation = operations[step.index];
    const isOfGroup = operation?.asked.resourceType === 'Group';
    const isNewUser = !isOfGroup && operation?.asked.method === 'POST' && operation.needs.length === 0;
    if (isOfGroup) groups.push(step);
    else if (isNewUser) ordered.push(step);
    else {
      ordered.push(...groups, step);
      groups = [];
    }
  }
  return [...ordered, ...groups];
}
