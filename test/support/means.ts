import { outboundHttp } from '#core-api/adapters/outbound-http.js';
import { parseIdpMetadata } from '#core-api/adapters/saml/idp-metadata.js';
import type { Means } from '#core-api/domain/services.js';
import { SignInMail } from '#core-api/domain/sign-in/sign-in-mail.js';
import { KeyRing } from '#core-api/persistence/keyring.js';

const NO_MAIL = { isAvailable: false, send: () => Promise.reject(new Error('There is no mail here.')) };

/** What services need beside the database, for tests that are about neither the world outside nor secrets. */
export const MEANS: Means = {
  keyRing: KeyRing.parse(`k:${Buffer.alloc(32).toString('base64')}`),
  probe: async () => ({ url: '', steps: [] }),
  lookUpTxt: async () => [],
  coreUrl: () => 'https://core.example',
  outbound: outboundHttp({ allow: ['127.0.0.0/8'] }),
  parseIdpMetadata,
  mail: new SignInMail(
    NO_MAIL,
    () => 'http://localhost',
    () => undefined,
  ),
};
