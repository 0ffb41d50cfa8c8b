import { randomBytes } from 'node:crypto';
import { generateServiceProviderMetadata, SAML } from '@node-saml/node-saml';
import type { SamlPort } from '#core-api/domain/ports.js';
import type { SamlConfig } from '#core-api/domain/sso/connection-config.js';
import { parseIdpMetadata } from './idp-metadata.js';
import { verifyLogoutRequest } from './logout.js';
import { verifyResponse } from './response.js';

/** SAML 2.0, by node-saml and what it leaves to those who use it. */
export const saml: SamlPort = {
  parseIdpMetadata,
  verify: verifyResponse,
  verifyLogout: verifyLogoutRequest,

  metadata: (sp) =>
    generateServiceProviderMetadata({
      issuer: sp.entityId,
      callbackUrl: sp.acsUrl,
      logoutCallbackUrl: sp.sloUrl,
      identifierFormat: null,
      wantAssertionsSigned: true,
    }),

  async begin(config, sp, { relayState, forceAuthn, loginHint }) {
    const requestId = `_${randomBytes(20).toString('hex')}`;
    const sender = senderFor(config, sp, { forceAuthn, generateUniqueId: () => requestId });
    const url = await sender.getAuthorizeUrlAsync(relayState, undefined, {
      // Not of SAML; Okta and Entra ID fill in the name with it, others pass over it.
      additionalParams: loginHint === null ? {} : { login_hint: loginHint },
    });
    return { url, requestId };
  },

  answerLogout: async (config, sp, { requestId, relayState }) =>
    config.logoutUrl
      ? senderFor(config, sp, { logoutUrl: config.logoutUrl }).getLogoutResponseUrlAsync(
          { issuer: config.issuer, nameID: '', nameIDFormat: '', ID: requestId },
          relayState ?? '',
          {},
          true,
        )
      : null,
};

/** What is sent leaves to the identity provider by which means people prove who they are, and by which kind of name it calls them. */
function senderFor(
  config: SamlConfig,
  sp: Parameters<SamlPort['metadata']>[0],
  options: Partial<ConstructorParameters<typeof SAML>[0]>,
) {
  return new SAML({
    idpCert: config.certificates,
    issuer: sp.entityId,
    callbackUrl: sp.acsUrl,
    entryPoint: config.entryPoint,
    identifierFormat: null,
    disableRequestedAuthnContext: true,
    ...options,
  });
}
