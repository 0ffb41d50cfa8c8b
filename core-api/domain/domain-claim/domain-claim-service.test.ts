import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CompanyActor, systemActor } from '#core-api/domain/actor.js';
import { PERMISSIONS } from '#core-api/domain/permissions.js';
import { DomainWatch } from '#core-api/jobs/domain-watch.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { DomainClaimService } from './domain-claim-service.js';
import { companyOfDomain } from './verified-domains.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

/** DNS, as far as this test has filled it in; a name whose texts are null is not answered. */
const zone = new Map<string, string[] | null>();
const lookUpTxt = async (name: string) => {
  const texts = zone.get(name);
  if (texts === null) throw new Error('SERVFAIL');
  return texts ?? [];
};

let domains = 0;
const newDomain = () => `domain-${++domains}.example`;
/** The company's claims, with what a test needs to know of them. */
function companyOf(companyId: string, actor: CompanyActor = bed.program(undefined, companyId)) {
  const claims = new DomainClaimService(bed.db, actor, lookUpTxt);
  return {
    companyId,
    claims,
    claim: async (domain: string) => (await claims.claim(domain)).id,
    /** Writes the proof into DNS, beside what is there. */
    prove: async (id: string) => {
      const { domain, challenge } = await claims.get(id);
      zone.set(`_rollcall.${domain}`, [...(zone.get(`_rollcall.${domain}`) ?? []), challenge]);
    },
    unprove: async (id: string) => {
      const { domain, challenge } = await claims.get(id);
      zone.set(`_rollcall.${domain}`, zone.get(`_rollcall.${domain}`)?.filter((text) => text !== challenge) ?? []);
    },
    status: async (id: string) => (await claims.verify(id)).domainClaim.status,
    stored: async (id: string) => (await claims.get(id)).status,
    alarms: async () => {
      const { rows } = await bed.owner.query<{ kind: string; details: { domain: string } }>(
        'select kind, details from alarm where company_id = $1 and resolved_at is null order by kind',
        [companyId],
      );
      return rows.map(({ kind, details }) => `${kind} ${details.domain}`);
    },
  };
}
const newCompany = async () => companyOf(await bed.anotherCompany());
const changesOf = async (id: string) =>
  (
    await bed.owner.query<{ kind: string; before: unknown }>(
      'select kind, before from change where object_id = $1 order by epoch, xid, no',
      [id],
    )
  ).rows;
const sets = (column: string, ago: string, id: string) =>
  bed.owner.query(`update domain_claim set ${column} = now() - $1::interval where id = $2`, [ago, id]);

describe('a claim to a domain', () => {
  it("is nothing but a word until the text stands in DNS, and then the domain is the company's", async () => {
    const acme = await newCompany();
    const domain = newDomain();
    const { id, challenge, status } = await acme.claims.claim(` ${domain.toUpperCase()}. `);
    expect(status).toBe('PENDING');

    zone.set(`_rollcall.${domain}`, ['v=spf1 -all', challenge.slice(0, -1)]);
    expect(await acme.claims.verify(id)).toMatchObject({
      domainClaim: { status: 'PENDING', verifiedAt: null, checkedAt: expect.any(String) },
      look: { proof: 'ABSENT', found: ['v=spf1 -all', challenge.slice(0, -1)] },
    });
    expect(await companyOfDomain(bed.db, domain)).toBeNull();

    await acme.prove(id);
    expect(await acme.claims.verify(id)).toMatchObject({
      domainClaim: { domain, status: 'VERIFIED', verifiedAt: expect.any(String), failingSince: null },
      look: { proof: 'PROVEN' },
    });
    expect(await companyOfDomain(bed.db, domain.toUpperCase())).toBe(acme.companyId);
    expect(await companyOfDomain(bed.db, `mail.${domain}`)).toBeNull();
    expect((await changesOf(id)).map(({ kind }) => kind)).toEqual(['domain_claim.created', 'domain_claim.verified']);
  });

  it("is the company's once, in whatever way it is written", async () => {
    const acme = await newCompany();
    const domain = newDomain();
    await acme.claim(domain);
    await expect(acme.claims.claim(`${domain.toUpperCase()}.`)).rejects.toMatchObject({ code: 'UNIQUENESS' });
    await expect(acme.claims.claim('*.acme.example')).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      details: { field: 'domain' },
    });
  });

  it('is made, looked at and ended by those who may write sign-in, and awarded by operators alone', async () => {
    const acme = await newCompany();
    const id = await acme.claim(newDomain());
    const reader = companyOf(acme.companyId, bed.program(new Set(['directories:read']), acme.companyId)).claims;
    const forbidden = { code: 'FORBIDDEN' };

    expect(await reader.get(id)).toMatchObject({ id });
    await expect(reader.claim(newDomain())).rejects.toMatchObject(forbidden);
    await expect(reader.verify(id)).rejects.toMatchObject(forbidden);
    await expect(reader.release(id)).rejects.toMatchObject(forbidden);
    await expect(acme.claims.award(id)).rejects.toMatchObject(forbidden);
    const nobody = companyOf(acme.companyId, bed.program(new Set(['users:read']), acme.companyId)).claims;
    await expect(async () => nobody.get(id)).rejects.toMatchObject(forbidden);
  });

  it('ends with everything that followed from it', async () => {
    const acme = await newCompany();
    const domain = newDomain();
    const id = await acme.claim(domain);
    await acme.prove(id);
    expect(await acme.status(id)).toBe('VERIFIED');

    await acme.claims.release(id);

    expect(await companyOfDomain(bed.db, domain)).toBeNull();
    await expect(acme.claims.get(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await changesOf(id)).at(-1)).toMatchObject({ kind: 'domain_claim.deleted', before: { domain } });
  });

  it('is one of a hundred of a company at most', async () => {
    const acme = await newCompany();
    await bed.owner.query(
      `insert into domain_claim (company_id, id, domain, challenge) select $1, gen_random_uuid(), 'many-' || n || '.example', 'x' from generate_series(1, 100) n`,
      [acme.companyId],
    );
    await expect(acme.claims.claim(newDomain())).rejects.toMatchObject({ code: 'INVALID_VALUE' });
  });
});

describe('T-19: a domain that another company has verified', () => {
  const contested = async () => {
    const [first, second] = [await newCompany(), await newCompany()];
    const domain = newDomain();
    const [ofFirst, ofSecond] = [await first.claim(domain), await second.claim(domain)];
    await first.prove(ofFirst);
    expect(await first.status(ofFirst)).toBe('VERIFIED');
    return { first, second, ofFirst, ofSecond, domain };
  };
  const operatorOf = (companyId: string) =>
    companyOf(companyId, { ...systemActor(companyId, PERMISSIONS), kind: 'OPERATOR', name: 'an operator' });

  it("T-19: routes nobody to a second one that claims it without a proof, whatever the first one's record says", async () => {
    const { first, second, ofSecond, domain } = await contested();
    expect(await second.status(ofSecond)).toBe('PENDING');
    expect(await companyOfDomain(bed.db, domain)).toBe(first.companyId);
    expect([...(await first.alarms()), ...(await second.alarms())]).toEqual([]);
  });

  it('T-19: is held for a second one that proves it, too: written down, and an alarm for both', async () => {
    const { first, second, ofFirst, ofSecond, domain } = await contested();
    await second.prove(ofSecond);

    expect(await second.status(ofSecond)).toBe('HELD');
    expect(await second.status(ofSecond)).toBe('HELD');

    expect(await companyOfDomain(bed.db, domain)).toBe(first.companyId);
    expect(await first.alarms()).toEqual([`DOMAIN_CONTESTED ${domain}`]);
    expect(await second.alarms()).toEqual([`DOMAIN_HELD ${domain}`]);
    expect((await changesOf(ofSecond)).map(({ kind }) => kind)).toEqual(['domain_claim.created', 'domain_claim.held']);
    const { rows } = await bed.owner.query(
      `select count(*)::int as n from change where position($1 in change::text) > 0`,
      [`"${second.companyId}"`],
    );
    expect(rows).toEqual([{ n: 0 }]);
    expect(await first.status(ofFirst)).toBe('VERIFIED');
    expect(await first.alarms()).toEqual([`DOMAIN_CONTESTED ${domain}`]);
  });

  it("T-19: goes to the second one when the first one's claim is over, and not before the proof is seen again", async () => {
    const { first, second, ofFirst, ofSecond, domain } = await contested();
    await second.prove(ofSecond);
    expect(await second.status(ofSecond)).toBe('HELD');

    await first.claims.release(ofFirst);
    expect(await companyOfDomain(bed.db, domain)).toBeNull();
    expect(await first.alarms()).toEqual([]);
    expect(await second.status(ofSecond)).toBe('VERIFIED');
    expect(await companyOfDomain(bed.db, domain)).toBe(second.companyId);
    expect(await second.alarms()).toEqual([]);
  });

  it("T-19: stays the first one's, and nothing rings, when the second takes its proof back", async () => {
    const { first, second, ofSecond } = await contested();
    const third = await newCompany();
    const ofThird = await third.claim((await second.claims.get(ofSecond)).domain);
    for (const [company, id] of [[second, ofSecond] as const, [third, ofThird] as const]) {
      await company.prove(id);
      expect(await company.status(id)).toBe('HELD');
    }

    await second.unprove(ofSecond);
    expect(await second.status(ofSecond)).toBe('PENDING');
    expect(await second.alarms()).toEqual([]);
    expect(await first.alarms()).toHaveLength(1);
    await third.claims.release(ofThird);
    expect(await first.alarms()).toEqual([]);
  });

  it('T-19: goes to the one whom an operator gives it, and is held for the other from then on', async () => {
    const { first, second, ofFirst, ofSecond, domain } = await contested();
    const operator = operatorOf(second.companyId);
    await expect(operator.claims.award(ofSecond)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await second.prove(ofSecond);
    expect(await second.status(ofSecond)).toBe('HELD');

    expect(await operator.claims.award(ofSecond)).toMatchObject({ status: 'VERIFIED', verifiedAt: expect.any(String) });

    expect(await companyOfDomain(bed.db, domain)).toBe(second.companyId);
    expect(await first.stored(ofFirst)).toBe('HELD');
    expect(await first.alarms()).toEqual([`DOMAIN_HELD ${domain}`]);
    expect(await second.alarms()).toEqual([`DOMAIN_CONTESTED ${domain}`]);
    expect((await changesOf(ofFirst)).at(-1)).toMatchObject({
      kind: 'domain_claim.held',
      before: { status: 'VERIFIED' },
    });
    await first.claims.release(ofFirst);
    expect(await second.alarms()).toEqual([]);
  });

  it("T-19: is one company's when two prove it at the same moment", async () => {
    const [first, second] = [await newCompany(), await newCompany()];
    const domain = newDomain();
    const [ofFirst, ofSecond] = [await first.claim(domain), await second.claim(domain)];
    await first.prove(ofFirst);
    await second.prove(ofSecond);

    const statuses = await Promise.all([first.status(ofFirst), second.status(ofSecond)]);

    expect(statuses.toSorted()).toEqual(['HELD', 'VERIFIED']);
    const winner = statuses[0] === 'VERIFIED' ? first : second;
    expect(await companyOfDomain(bed.db, domain)).toBe(winner.companyId);
  });
});

describe('a verified domain', () => {
  const warn = vi.fn();
  const watch = async () => {
    await new DomainWatch({ db: bed.db, log: { warn }, lookUpTxt }).work();
    expect(warn).not.toHaveBeenCalled();
  };
  const verified = async () => {
    const acme = await newCompany();
    const domain = newDomain();
    const id = await acme.claim(domain);
    await acme.prove(id);
    expect(await acme.status(id)).toBe('VERIFIED');
    const checkedAt = async () => (await acme.claims.get(id)).checkedAt!;
    return { acme, domain, id, checkedAt };
  };

  it('is looked for again after 24 hours, and not before', async () => {
    const { id, checkedAt } = await verified();
    await sets('checked_at', '23 hours 59 minutes', id);
    const before = await checkedAt();
    await watch();
    expect(await checkedAt()).toBe(before);

    await sets('checked_at', '24 hours 1 minute', id);
    await watch();
    expect((await checkedAt()) > before).toBe(true);
    expect((await changesOf(id)).map(({ kind }) => kind)).toEqual(['domain_claim.created', 'domain_claim.verified']);
  });

  it('rings at once when its proof is gone, and lapses after 7 days without it', async () => {
    const { acme, domain, id } = await verified();
    await acme.unprove(id);
    await sets('checked_at', '25 hours', id);
    await watch();
    expect(await acme.claims.get(id)).toMatchObject({ status: 'VERIFIED', failingSince: expect.any(String) });
    expect(await acme.alarms()).toEqual([`DOMAIN_FAILING ${domain}`]);

    await sets('failing_since', '6 days 23 hours', id);
    expect(await acme.status(id)).toBe('VERIFIED');
    expect(await companyOfDomain(bed.db, domain)).toBe(acme.companyId);

    await sets('failing_since', '7 days', id);
    await sets('checked_at', '25 hours', id);
    await watch();
    expect(await acme.claims.get(id)).toMatchObject({ status: 'LAPSED', verifiedAt: null, failingSince: null });
    expect(await companyOfDomain(bed.db, domain)).toBeNull();
    expect(await acme.alarms()).toEqual([`DOMAIN_LAPSED ${domain}`]);
    expect((await changesOf(id)).map(({ kind }) => kind).slice(2)).toEqual([
      'domain_claim.failing',
      'domain_claim.lapsed',
    ]);

    await acme.prove(id);
    expect(await acme.status(id)).toBe('VERIFIED');
    expect(await acme.alarms()).toEqual([]);
  });

  it('is well again, and nothing rings, when its proof is back in time', async () => {
    const { acme, id } = await verified();
    await acme.unprove(id);
    await acme.claims.verify(id);
    expect(await acme.alarms()).toHaveLength(1);
    await acme.prove(id);
    expect(await acme.claims.verify(id)).toMatchObject({ domainClaim: { status: 'VERIFIED', failingSince: null } });
    expect(await acme.alarms()).toEqual([]);
  });

  it('is taken from nobody because DNS does not answer, however long; it rings meanwhile', async () => {
    const { acme, domain, id } = await verified();
    const texts = zone.get(`_rollcall.${domain}`)!;
    zone.set(`_rollcall.${domain}`, null);
    expect(await acme.claims.verify(id)).toMatchObject({ look: { proof: 'UNANSWERED', found: [] } });
    await sets('failing_since', '30 days', id);
    expect(await acme.status(id)).toBe('VERIFIED');
    expect(await acme.alarms()).toEqual([`DOMAIN_FAILING ${domain}`]);

    zone.set(`_rollcall.${domain}`, texts);
    expect(await acme.status(id)).toBe('VERIFIED');
    expect(await acme.alarms()).toEqual([]);
  });

  it("does not keep the others from being looked at when one company's cannot be", async () => {
    const { id, checkedAt } = await verified();
    await sets('checked_at', '25 hours', id);
    const before = await checkedAt();
    const log = vi.fn();
    await bed.owner.query(`create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$`);
    const broken = await verified();
    await sets('checked_at', '25 hours', broken.id);
    await bed.owner.query(
      `create trigger refuse before update on domain_claim for each row when (old.id = '${broken.id}') execute function refuse()`,
    );
    await new DomainWatch({ db: bed.db, log: { warn: log }, lookUpTxt }).work();
    await bed.owner.query('drop trigger refuse on domain_claim; drop function refuse()');
    expect(log).toHaveBeenCalledWith(
      expect.objectContaining({ companyId: broken.acme.companyId, job: 'domain watch' }),
      expect.any(String),
    );
    expect((await checkedAt()) > before).toBe(true);
  });
});
