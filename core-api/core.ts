import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { trustedProxies } from '#schema/client-address.js';
import type { Door } from '#schema/gateway-door.js';
import { dnsTxt } from './adapters/dns.js';
import { mailer } from './adapters/mail.js';
import { oidc } from './adapters/oidc/oidc.js';
import { outboundHttp } from './adapters/outbound-http.js';
import { saml } from './adapters/saml/saml.js';
import { scimProbe } from './adapters/scim-probe.js';
import type { CoreConfig } from './config.js';
import { Authenticator } from './domain/auth/authenticator.js';
import { SignInMail } from './domain/sign-in/sign-in-mail.js';
import { contextMaker } from './graphql/context.js';
import { openDoor } from './graphql/door.js';
import { coreSchema } from './graphql/schema.js';
import { startGraphQLServer } from './graphql/server.js';
import { coreHttp, type HttpHandler } from './http.js';
import { type Installation, openInstallation } from './installation.js';
import { startJobs } from './jobs/jobs.js';
import { compileNow } from './persistence/statement.js';
import { signInApp } from './sign-in/app.js';
import { isSafeForSignIn } from './sign-in/cookies.js';

const READY_WITHIN_MS = 2_000;
const ping = compileNow((db) => db.selectNoFrom(sql<number>`1`.as('one')));

export interface Core {
  installation: Installation;
  http: HttpHandler;
  /** The way in for a gateway in the same process, and the key it vouches with. */
  door: Door;
  gatewayKey: string;
  close(): Promise<void>;
}

interface Options {
  config: CoreConfig;
  log: Logger;
  /** Apart, the door opens only to those who hold ROLLCALL_GATEWAY_KEY; in one process a key is made up. */
  apart: boolean;
  /** Where clients reach the gateway, once that is known; without it: as the settings say. */
  publicUrl?: () => string;
  /** Where they reach the core itself; without it: the same. */
  coreUrl?: () => string;
  /** Hears the text of every statement; for counting in tests. */
  onStatement?: (sql: string) => void;
}

/**
 * The core, wired: database (migrated), services, both doors, HTTP.
 *
 * @throws StartError
 */
export async function startCore({
  config,
  log,
  apart,
  publicUrl = () => config.publicUrl,
  coreUrl = publicUrl,
  onStatement,
}: Options): Promise<Core> {
  const installation = await openInstallation(config, log, { onStatement });
  try {
    const { db, keyRing } = installation;
    const schema = await coreSchema();
    const authenticator = new Authenticator(db, {
      onError: (err) => log.warn({ err }, 'noting the last use of a credential failed'),
    });
    const lookUpTxt = dnsTxt(config.dnsServers);
    const mail = mailOf(config, coreUrl, log);
    const outbound = outboundHttp({ allow: config.outboundAllow });
    const metadata = {
      outbound,
      parseIdpMetadata: saml.parseIdpMetadata,
    };
    const makeContext = contextMaker({
      db,
      keyRing,
      probe: scimProbe(publicUrl),
      lookUpTxt,
      mail,
      coreUrl,
      ...metadata,
    });
    const gatewayKey = config.gatewayKey ?? randomBytes(32).toString('base64url');
    const graphql = await startGraphQLServer({ schema, introspection: config.introspection, log });
    const door = openDoor({ schema, authenticator, makeContext, gatewayKey, log });
    if (config.publicUrl.startsWith('http:'))
      log.warn(
        isSafeForSignIn(config.publicUrl)
          ? 'People sign in by plain http, which is for this machine alone: set ROLLCALL_PUBLIC_URL to an https address before others use it.'
          : 'Nobody can sign in at a plain http address: put https in front, and set ROLLCALL_PUBLIC_URL.',
      );
    const ready = async () => {
      try {
        await Promise.race([
          db.run(ping),
          new Promise((_, reject) => setTimeout(() => reject(new Error('too slow')), READY_WITHIN_MS).unref()),
        ]);
        return true;
      } catch {
        return false;
      }
    };
    const { clientAddressOf } = trustedProxies(config.trustedProxies);
    const http = coreHttp({
      graphql,
      door: apart && config.gatewayKey === null ? null : door,
      authenticator,
      makeContext,
      allowedOrigins: config.allowedOrigins,
      introspection: config.introspection,
      signIn: signInApp({
        ...{ db, keyRing, authenticator, saml, log },
        oidc: oidc({ http: outbound }),
        mail,
        allowedOrigins: config.allowedOrigins,
        clientAddressOf,
        publicUrl: coreUrl,
      }),
      clientAddressOf,
      publicUrl: coreUrl,
      explorer: config.introspection && !config.production,
      ready,
      log,
    });
    const jobs = config.jobs ? startJobs({ db, log, lookUpTxt, metadata }) : null;
    return {
      installation,
      http,
      door,
      gatewayKey,
      async close() {
        await jobs?.stop();
        await graphql.stop();
        await installation.close();
      },
    };
  } catch (error) {
    await installation.close();
    throw error;
  }
}

function mailOf({ mail, production }: CoreConfig, publicUrl: () => string, log: Logger): SignInMail {
  const by = mailer({ ...mail, production }, (text) => process.stdout.write(text));
  if (!by.isAvailable)
    log.warn(
      'ROLLCALL_SMTP_URL is not set: nobody can be invited, register, get a sign-in link or replace a forgotten password.',
    );
  return new SignInMail(by, publicUrl, (err) => log.error({ err }, 'a mail was not sent'));
}
