import { inflateRawSync } from 'node:zlib';
import { connectionAddresses } from '#core-api/domain/sso/connection-addresses.js';
import { scimClient } from './clients.js';
import type { TestCompany, TestRollcall } from './rollcall.js';
import { type ResponseParts, SamlIdp, type Signing } from './saml-idp.js';

/** A browser without JavaScript: it keeps cookies, and follows nothing by itself. */
export class CookieJar {
  readonly cookies = new Map<string, string>();

  async send(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(init.headers as Record<string, string>), ...(cookie !== '' && { cookie }) };
    const response = await fetch(url, { redirect: 'manual', ...init, headers });
    for (const text of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(text)!;
      if (value === '') this.cookies.delete(name!);
      else this.cookies.set(name!, value!);
    }
    return response;
  }

  post(url: string, fields: Record<string, string>): Promise<Response> {
    return this.send(url, { method: 'POST', body: new URLSearchParams(fields) });
  }
}

/** A company whose only connection is to an identity provider of ours. */
export async function samlBed(rollcall: TestRollcall, idp = new SamlIdp()) {
  const company: TestCompany = await rollcall.newCompany();
  const { companyId } = company;
  const [connection] = await rollcall.asOwner<{ id: string }>(
    `update sso_connection set config = '${JSON.stringify(idp.config)}' where company_id = '${companyId}' returning id`,
  );
  const connectionId = connection!.id;
  const origin = rollcall.settings.ROLLCALL_PUBLIC_URL ?? new URL(rollcall.graphqlUrl).origin;
  const sp = connectionAddresses(origin, companyId, connectionId);
  let people = 0;

  const bed = {
    ...{ company, connectionId, idp, sp },

    /** A path of the connection, on this instance or on another. */
    at: (path: string, instance: { graphqlUrl: string } = rollcall) =>
      new URL(`/sso/${companyId}/${connectionId}/${path}`, instance.graphqlUrl).href,

    /** Somebody whom the company's directory provisioned. */
    async provision(): Promise<{ id: string; nameId: string }> {
      const nameId = `person-${++people}@acme.example`;
      const { body } = await scimClient(company).post('/Users', { userName: nameId });
      return { id: body.id, nameId };
    },

    /** Sends a browser off, and reads what it takes along. */
    async begin(jar: CookieJar, query = '', path: 'start' | 'step-up' | 'test' = 'start') {
      const response = await jar.send(bed.at(`${path}${query}`));
      return { response, ...sentAlong(response) };
    },

    /** The fields of the form by which the provider answers. */
    answer(
      nameId: string,
      sent: { requestId: string | null; relayState?: string },
      parts: Partial<ResponseParts> = {},
      signing?: Signing,
    ) {
      const all = { sp, user: { nameId }, inResponseTo: sent.requestId, ...parts };
      return {
        SAMLResponse: idp.answer(all, signing),
        ...(sent.relayState !== undefined && { RelayState: sent.relayState }),
      };
    },

    /** The whole way. */
    async signIn(nameId: string, jar = new CookieJar(), query = '') {
      const sent = await bed.begin(jar, query);
      return { jar, response: await jar.post(bed.at('acs'), bed.answer(nameId, sent)) };
    },

    /** Who the browser is signed in as, by the core. */
    async who(jar: CookieJar, instance: { graphqlUrl: string } = rollcall): Promise<string | null> {
      const response = await jar.send(instance.graphqlUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ viewer { userId } }' }),
      });
      const body = (await response.json()) as { data?: { viewer: { userId: string } } };
      return body.data?.viewer.userId ?? null;
    },

    sessions: (where = 'true') =>
      rollcall.asOwner<{ id: string; user_id: string; end_reason: string | null }>(
        `select id, user_id, end_reason from session where company_id = '${companyId}' and ${where} order by id`,
      ),

    /** Why nobody was let in, in order. */
    async refusals(): Promise<string[]> {
      const rows = await rollcall.asOwner<{ reason: string }>(
        `select after ->> 'reason' as reason from change where company_id = '${companyId}' and kind = 'sign_in.refused' order by epoch, xid, no`,
      );
      return rows.map(({ reason }) => reason);
    },
  };
  return bed;
}

/** What stands in the address that a browser is sent to. */
function sentAlong(response: Response) {
  const location = response.headers.get('location');
  const query = location === null ? null : new URL(location, 'http://here.invalid').searchParams;
  const request = query?.get('SAMLRequest');
  const xml = request ? inflateRawSync(Buffer.from(request, 'base64')).toString() : '';
  return { requestId: / ID="([^"]*)"/.exec(xml)?.[1] ?? '', relayState: query?.get('RelayState') ?? '', xml };
}
