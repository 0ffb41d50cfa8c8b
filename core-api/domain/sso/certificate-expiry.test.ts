import { afterAll, beforeAll, expect, it } from 'vitest';
import { SsoWatch } from '#core-api/jobs/sso-watch.js';
import { aSigningKey } from '#test/support/certificate.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { MEANS } from '#test/support/means.js';
import { SsoConnectionService } from './sso-connection-service.js';

const DAY_MS = 86_400_000;

let bed: CompanyBed;
let connections: SsoConnectionService;
beforeAll(async () => {
  bed = await CompanyBed.open();
  connections = new SsoConnectionService(bed.db, bed.program(), MEANS);
});
afterAll(() => bed?.close());

const configOf = (...certificates: string[]) => ({
  issuer: 'https://idp.example/saml',
  entryPoint: 'https://idp.example/saml/sign-in',
  certificates,
});
const alarmsOf = async (id: string) =>
  (
    await bed.owner.query(
      'select kind, details, resolved_at is null as rings from alarm where subject_id = $1 order by id',
      [id],
    )
  ).rows;

it('a certificate that expires rings 30 and 7 days before, until another one takes its place', async () => {
  const until = (days: number) => aSigningKey({ notAfter: new Date(Date.now() + days * DAY_MS) }).certificate;
  const { id, name } = await connections.create({
    name: 'SSO',
    kind: 'SAML',
    config: configOf(until(31)),
    status: 'ACTIVE',
  });
  expect(await alarmsOf(id)).toEqual([]);
  const watch = () => new SsoWatch({ db: bed.db, log: console, means: MEANS }).work();
  const aged = (certificate: string) =>
    bed.owner.query(
      'update sso_connection set config = config || jsonb_build_object($2::text, $3::jsonb) where id = $1',
      [id, 'certificates', JSON.stringify([certificate])],
    );

  await aged(until(29));
  await watch();
  await watch();
  expect(await alarmsOf(id)).toMatchObject([
    { kind: 'SSO_CERTIFICATE_EXPIRING', rings: true, details: { connection: name, withinDays: 30 } },
  ]);
  await aged(until(6));
  await watch();
  expect(await alarmsOf(id)).toMatchObject([{ rings: false }, { rings: true, details: { withinDays: 7 } }]);
  await connections.update(id, { config: configOf(until(6), until(90)) });
  expect(await alarmsOf(id)).toMatchObject([{ rings: false }, { rings: false }]);
  const again = await connections.update(id, { config: configOf(until(5)) });
  expect((await alarmsOf(id)).at(-1)).toMatchObject({ rings: true });
  await connections.update(id, { status: 'DRAFT', expectedVersion: again.version });
  expect((await alarmsOf(id)).at(-1)).toMatchObject({ rings: false });
});
