import { afterEach, describe, expect, it } from 'vitest';
import { LimitSubject } from './limit-subject.js';
import { runPhases } from './phases.js';

const size = { users: 60, groups: 4, concurrency: 4, groupSizes: [20] };
const { adminUrl } = JSON.parse(process.env.TEST_CLUSTER!) as { adminUrl: string };

describe('the phases', () => {
  let subject: LimitSubject | null = null;
  afterEach(() => subject?.close());
  const run = async (only: string[] | null) => {
    subject = await LimitSubject.open(adminUrl, size.concurrency, 'fair');
    return runPhases(subject, size, { meter: null, only });
  };

  it('answer rightly and lose nothing, on the limit, too', async () => {
    const results = await run(null);
    expect(results.filter(({ errors }) => errors > 0)).toEqual([]);
    expect(results.map(({ phase }) => phase)).toEqual([
      ...[
        '1 sync',
        '2 look-up userName',
        '2 look-up externalId',
        '3 get',
        '4 PATCH active',
        '5 PATCH of three',
        '6 PUT',
      ],
      ...['7 pages of 100', '7 deep page, index', '7 deep page, cursor', '9 co', '9 sw', '9 and/or'],
      ...['8 create group', '8 add 1', '8 add 100', '8 add 1, one hot group', '8 add 1 at 20', '8 remove 1 at 20'],
      ...['8 get the largest', '8 list groups', '8 look-up group', 'Bulk of 1,000'],
    ]);
  });

  it.each([['3'], ['8 remove 1'], ['8 look-up'], ['7 deep page, cursor'], ['5 PATCH']])(
    'are measured one by one: %s stands on what is done unmeasured',
    async (wanted) => {
      const results = await run([wanted]);
      expect(results.filter(({ errors }) => errors > 0)).toEqual([]);
      expect(results.length).toBe(1);
      expect(results[0]!.phase.startsWith(wanted)).toBe(true);
    },
  );
});
