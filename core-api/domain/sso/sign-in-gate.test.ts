import { describe, expect, it } from 'vitest';
import { type Candidate, decideSignIn, type GateRefusal, type SignInFacts } from './sign-in-gate.js';

const aUser = (traits: Partial<Candidate> = {}): Candidate => ({
  id: 'ann',
  managedBy: 'COMPANY',
  isBreakGlass: false,
  isActive: true,
  isDeleted: false,
  isExempt: false,
  isOld: false,
  hasSubject: false,
  ...traits,
});
const OFF = { isSuspended: false, provisioning: false, policy: 'GRACE', isGrace: false } as const;
const allow = { ...OFF, provisioning: true, policy: 'ALLOW' } as const;
const grace = { ...OFF, provisioning: true, isGrace: true } as const;
const graceOver = { ...OFF, provisioning: true } as const;
const block = { ...OFF, provisioning: true, policy: 'BLOCK', isGrace: true } as const;
const COMPANIES = { OFF, allow, grace, graceOver, block };

const factsOf = (facts: Partial<SignInFacts>): SignInFacts => ({
  company: OFF,
  connection: { isActive: true, isComplete: true },
  bound: null,
  named: [],
  ...facts,
});
const outcome = (facts: Partial<SignInFacts>): 'IN' | 'NEW' | GateRefusal => {
  const decision = decideSignIn(factsOf(facts));
  return decision.kind === 'ADMIT' ? 'IN' : decision.kind === 'CREATE' ? 'NEW' : decision.reason;
};

describe('whether the door is open', () => {
  it.each<[string, Partial<SignInFacts>, GateRefusal]>([
    ['a suspended company', { company: { ...OFF, isSuspended: true } }, 'COMPANY_SUSPENDED'],
    ['a draft', { connection: { isActive: false, isComplete: true } }, 'CONNECTION_INACTIVE'],
    [
      'a connection without certificate',
      { connection: { isActive: true, isComplete: false } },
      'CONNECTION_INCOMPLETE',
    ],
  ])('%s lets nobody in, whoever it is', (_, facts, reason) => {
    const ann = aUser({ managedBy: 'ITS_DIRECTORY', isExempt: true });

    for (const who of [{ bound: ann }, { named: [ann] }, {}]) expect(outcome({ ...facts, ...who })).toBe(reason);
  });
});

describe('who it is', () => {
  const its = (traits: Partial<Candidate> = {}) => aUser({ managedBy: 'ITS_DIRECTORY', ...traits });
  const other = aUser({ id: 'bob', managedBy: 'OTHER_DIRECTORY' });
  const gone = aUser({ id: 'old ann', isDeleted: true });

  it.each<[string, Partial<SignInFacts>, 'IN' | 'NEW' | GateRefusal, string | null]>([
    ['the bound user, whoever is named', { bound: aUser({ hasSubject: true }), named: [other] }, 'IN', 'ann'],
    ['the bound user, though nobody may be looked for', { bound: aUser(), named: 'EMAIL_NOT_VERIFIED' }, 'IN', 'ann'],
    ['whom the directory gave the name of a deleted one', { bound: gone, named: [gone, its()] }, 'IN', 'ann'],
    ['a deleted one, though the company gave the name away', { bound: gone, named: [aUser()] }, 'DELETED', 'old ann'],
    ['a deleted one, though nobody has the name', { bound: gone }, 'DELETED', 'old ann'],
    ['a deleted one, though nobody may be looked for', { bound: gone, named: 'CLAIM_MISSING' }, 'DELETED', 'old ann'],
    ['the named user', { named: [aUser()] }, 'IN', 'ann'],
    ['the named one who is left', { named: [gone, aUser()] }, 'IN', 'ann'],
    ['the named one of the connection', { named: [other, its()] }, 'IN', 'ann'],
    ['a named one who has another subject', { named: [its({ hasSubject: true })] }, 'SUBJECT_CHANGED', 'ann'],
    ['another directory’s', { named: [other] }, 'OTHER_DIRECTORY', 'bob'],
    ['one of two', { named: [aUser(), its({ id: 'bob' })] }, 'AMBIGUOUS', null],
    ['a deleted one by name', { named: [gone] }, 'DELETED', 'old ann'],
    ['somebody new', {}, 'NEW', null],
    ['nobody without the claim', { named: 'CLAIM_MISSING' }, 'CLAIM_MISSING', null],
    ['nobody by an address that is not verified', { named: 'EMAIL_NOT_VERIFIED' }, 'EMAIL_NOT_VERIFIED', null],
    ['nobody by an address of a foreign domain', { named: 'DOMAIN_NOT_VERIFIED' }, 'DOMAIN_NOT_VERIFIED', null],
  ])('is %s', (_, facts, expected, userId) => {
    expect(outcome(facts)).toBe(expected);
    const decision = decideSignIn(factsOf(facts));
    expect('userId' in decision ? decision.userId : null).toBe(userId);
    if (decision.kind === 'ADMIT') expect(decision.isBound).toBe(facts.bound != null && !facts.bound.isDeleted);
  });
});

describe('whether they may', () => {
  type Row = [string, Candidate | null, Record<keyof typeof COMPANIES, 'IN' | 'NEW' | GateRefusal>];
  const always = (what: 'IN' | GateRefusal) => ({
    OFF: what,
    allow: what,
    grace: what,
    graceOver: what,
    block: what,
  });
  const shut = { grace: 'NOT_PROVISIONED', graceOver: 'NOT_PROVISIONED', block: 'NOT_PROVISIONED' } as const;
  it.each<Row>([
    ['an admin of last resort', aUser({ isBreakGlass: true, isExempt: true, isOld: true }), always('BREAK_GLASS')],
    ['a deactivated one', aUser({ isActive: false, isExempt: true, isOld: true }), always('DEACTIVATED')],
    [
      'a deactivated one of the directory',
      aUser({ isActive: false, managedBy: 'ITS_DIRECTORY' }),
      always('DEACTIVATED'),
    ],
    ['one of another directory', aUser({ managedBy: 'OTHER_DIRECTORY', isOld: true }), always('OTHER_DIRECTORY')],
    ['one whom the directory manages', aUser({ managedBy: 'ITS_DIRECTORY' }), always('IN')],
    ['an exempt one', aUser({ isExempt: true }), always('IN')],
    ['an old one', aUser({ isOld: true }), { OFF: 'IN', allow: 'IN', ...shut, grace: 'IN' }],
    ['one who came later', aUser(), { OFF: 'IN', allow: 'IN', ...shut }],
    ['somebody new', null, { OFF: 'NEW', allow: 'NEW', ...shut }],
  ])('%s', (_, user, expected) => {
    const byCompany = (facts: Partial<SignInFacts>) =>
      Object.fromEntries(Object.entries(COMPANIES).map(([name, company]) => [name, outcome({ company, ...facts })]));

    expect(byCompany({ named: user ? [user] : [] })).toEqual(expected);
    if (user) expect(byCompany({ bound: { ...user, hasSubject: true } })).toEqual(expected);
  });
});
