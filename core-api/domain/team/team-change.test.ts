import { describe, expect, it } from 'vitest';
import { newId } from '../new-id.js';
import { toTeamPlan } from './team-change.js';
import type { TeamChange } from './team-types.js';

const [a, b, c] = [newId(), newId(), newId()];
const NOTHING = { fields: {}, drops: { users: false, teams: false }, add: [], remove: [], malformed: [] };

describe('toTeamPlan', () => {
  it.each<[string, TeamChange[], object]>([
    ['nothing', [], {}],
    ['an addition, each id once', [{ addMembers: [a, b, a] }, { addMembers: [b] }], { add: [a, b] }],
    ['an addition that is taken back', [{ addMembers: [a, b] }, { removeMembers: [a] }], { add: [b], remove: [a] }],
    ['a removal that is taken back', [{ removeMembers: [a] }, { addMembers: [a] }], { add: [a] }],
    [
      'a replacement, whatever stood before it',
      [{ addMembers: [a] }, { removeMembers: [b] }, { replaceMembers: [c] }],
      { drops: { users: true, teams: true }, add: [c] },
    ],
    [
      'changes after a replacement',
      [{ replaceMembers: [a, b] }, { removeMembers: [a] }, { addMembers: [c] }],
      { drops: { users: true, teams: true }, add: [b, c] },
    ],
    ['an emptied team', [{ replaceMembers: [] }], { drops: { users: true, teams: true } }],
    [
      'no more teams in it',
      [{ unset: ['memberTeams'] }, { addMembers: [a] }],
      { drops: { users: false, teams: true }, add: [a] },
    ],
    [
      'no more users in it',
      [{ unset: ['memberUsers'] }, { removeMembers: [a] }],
      { drops: { users: true, teams: false }, remove: [a] },
    ],
    [
      'an emptied team, by unset',
      [{ addMembers: [a] }, { unset: ['members'] }],
      { drops: { users: true, teams: true } },
    ],
    [
      'ids that are none of ours',
      [{ addMembers: ['x', a, 'X'] }, { removeMembers: ['y'] }],
      { add: [a], malformed: ['x', 'X'] },
    ],
    ['an id that is none of ours, taken back', [{ addMembers: ['x'] }, { removeMembers: ['x'] }], {}],
    [
      'fields, the last one winning',
      [{ set: { displayName: 'A', externalId: '1' } }, { set: { displayName: 'B' } }],
      { fields: { displayName: 'B', externalId: '1' } },
    ],
    ['an empty externalId as none', [{ set: { externalId: '' } }], { fields: { externalId: null } }],
    [
      'a cleared externalId',
      [{ set: { externalId: '1' } }, { unset: ['externalId'] }],
      { fields: { externalId: null } },
    ],
    [
      'members that are null',
      [{ set: null, addMembers: null, removeMembers: null, replaceMembers: null, unset: null }],
      {},
    ],
    [
      'a name of 255 characters beyond the basic plane',
      [{ set: { displayName: '😀'.repeat(255) } }],
      { fields: { displayName: '😀'.repeat(255) } },
    ],
  ])('folds %s', (_, changes, plan) => {
    expect(toTeamPlan(changes)).toEqual({ ...NOTHING, ...plan });
  });

  it.each<[string, TeamChange, string]>([
    ['a blank displayName', { set: { displayName: ' \t' } }, 'displayName'],
    ['no displayName', { set: { displayName: null } }, 'displayName'],
    ['a displayName of 256 characters', { set: { displayName: 'x'.repeat(256) } }, 'displayName'],
    ['a displayName with NUL', { set: { displayName: 'a\0' } }, 'displayName'],
    ['an externalId of 256 characters', { set: { externalId: 'x'.repeat(256) } }, 'externalId'],
    ['an externalId with NUL', { set: { externalId: '\0' } }, 'externalId'],
    ['a team without a name', { unset: ['displayName'] }, 'displayName'],
    ['a name that is no field', { unset: ['colour'] }, 'colour'],
    ['more than 100,000 members', { addMembers: new Array(100_001).fill(a) }, 'members'],
  ])('refuses %s', (_, change, field) => {
    expect(() => toTeamPlan([change])).toThrow(expect.objectContaining({ code: 'INVALID_VALUE', details: { field } }));
  });
});
