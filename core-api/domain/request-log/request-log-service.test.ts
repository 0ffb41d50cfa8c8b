import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { GATEWAY } from './gateway-actor.js';
import type { LoggedRequest } from './logged-request.js';
import { RequestLogService } from './request-log-service.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

const append = (entries: unknown) => new RequestLogService(bed.db, GATEWAY).append(entries);
const stored = async (...entries: LoggedRequest[]) =>
  (
    await bed.owner.query(
      `select directory_id, credential_id, request_id, method, path, status, duration_ms, client_address, user_agent, error, request_body, response_body,
        tolerances, operations from request_log where id = any($1::uuid[]) order by path`,
      [entries.map(({ requestId }) => requestId)],
    )
  ).rows;

function anEntry(entry: Partial<LoggedRequest> = {}): LoggedRequest {
  return {
    requestId: randomUUID(),
    companyId: bed.companyId,
    credentialId: null,
    tokenHash: '00',
    at: Date.now(),
    method: 'GET',
    path: '/scim/v2/Users',
    status: 200,
    durationMs: 1,
    clientAddress: null,
    userAgent: null,
    error: null,
    requestBody: null,
    responseBody: null,
    tolerances: [],
    operations: [],
    ...entry,
  };
}

describe('what the gateway tells', () => {
  it('is kept as it is, under the directory of its token, however that is named', async () => {
    const { id, directory } = await bed.directory();
    const hash = randomBytes(32).toString('hex');
    await bed.owner.query(
      `insert into directory_token (company_id, id, directory_id, name, hash, hint, scopes)
       values ($1, $2, $3, 'Token', decode($4, 'hex'), '…', '{all}')`,
      [bed.companyId, id, directory.id, hash],
    );
    const whole = anEntry({
      credentialId: id,
      tokenHash: null,
      method: 'POST',
      path: '/a',
      status: 409,
      durationMs: 12,
      clientAddress: '192.0.2.1',
      userAgent: 'agent "1"',
      error: 'It’s \\ in use.',
      requestBody: '{"userName":"{ann},\\"NULL\\""}',
      responseBody: 'not JSON \u{1f600}',
      tolerances: [{ name: 'ALIAS', count: 2 }],
      operations: [{ id: 'CreateUser.1', code: 'UNIQUENESS', durationMs: 3 }],
    });
    const refused = anEntry({ path: '/b', tokenHash: hash });
    const unknown = anEntry({ path: '/c', tokenHash: 'abcd' });
    bed.statements.length = 0;

    await append([whole, refused, unknown]);

    expect(bed.statements).toHaveLength(1);
    const [first, second, third] = await stored(whole, refused, unknown);
    expect(first).toEqual({
      directory_id: directory.id,
      credential_id: id,
      request_id: whole.requestId,
      method: 'POST',
      path: '/a',
      status: 409,
      duration_ms: 12,
      client_address: '192.0.2.1',
      user_agent: 'agent "1"',
      error: 'It’s \\ in use.',
      request_body: '{"userName":"{ann},\\"NULL\\""}',
      response_body: 'not JSON \u{1f600}',
      tolerances: whole.tolerances,
      operations: whole.operations,
    });
    expect(second).toMatchObject({ directory_id: directory.id, credential_id: id, request_body: null });
    expect(third).toMatchObject({ directory_id: null, credential_id: null });
  });

  it('comes a second time and is there once, in the company that it is of', async () => {
    const other = await bed.anotherCompany();
    const [ours, theirs, nobodys] = [bed.companyId, other, randomUUID()].map((companyId) => anEntry({ companyId }));
    await append([ours, theirs, nobodys]);
    await append([theirs, ours]);

    const { rows } = await bed.owner.query('select company_id from request_log where id = any($1::uuid[])', [
      [ours, theirs, nobodys].map((entry) => entry!.requestId),
    ]);
    expect(rows.map((row) => row.company_id).sort()).toEqual([bed.companyId, other].sort());
  });

  it.each<[string, Record<string, unknown>]>([
    ['requestId', { requestId: 'x' }],
    ['companyId', { companyId: `${randomUUID()}'` }],
    ['credentialId', { credentialId: 7 }],
    ['tokenHash', { tokenHash: 'abc' }],
    ['at', { at: '2026-02-28T00:00:00.000Z' }],
    ['at', { at: -1 }],
    ['at', { at: 1e16 }],
    ['method', { method: undefined }],
    ['path', { path: '/a\0' }],
    ['status', { status: 2 ** 31 }],
    ['status', { status: '200' }],
    ['durationMs', { durationMs: 1.5 }],
    ['userAgent', { userAgent: ['x'] }],
    ['responseBody', { responseBody: { a: 1 } }],
    ['tolerances', { tolerances: [{ name: 'ALIAS' }] }],
    ['operations', { operations: [{ id: 'x', code: 7, durationMs: 1 }] }],
    ['operations', { operations: null }],
  ])('is refused by the name of what is not right, and nothing of it is kept: %s', async (member, wrong) => {
    const right = anEntry();

    await expect(append([right, { ...anEntry(), ...wrong }])).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      details: { field: `entriesJson.1.${member}` },
    });

    expect(await stored(right)).toEqual([]);
  });

  it.each([
    ['no list', { entries: [] }],
    ['nothing', null],
    ['too many', Array.from({ length: 1_001 }, () => null)],
    ['no objects', ['x']],
  ])('is refused when it is %s', async (_, entries) => {
    await expect(append(entries)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
  });

  it('is taken from the gateway alone', async () => {
    const entries = [anEntry()];
    await expect(new RequestLogService(bed.db, bed.program()).append(entries)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(await stored(...entries)).toEqual([]);
  });
});
