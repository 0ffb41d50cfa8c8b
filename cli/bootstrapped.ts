import { bootstrapCompany } from '#core-api/domain/bootstrap.js';
import type { Installation } from '#core-api/installation.js';
import type { ProfilePreset } from '#schema/profile.js';

/** All that a person needs for a new company. The secrets are shown this once. */
export interface Bootstrapped {
  companyId: string;
  companySlug: string;
  graphqlUrl: string;
  scimBaseUrl: string;
  scimToken: string;
  apiKey: string;
  ownerEmail: string;
  ownerPassword: string;
}

/** A new company, ready for an identity provider; its addresses are those of the server at `publicUrl`. */
export async function bootstrap(
  { db }: Installation,
  publicUrl: string,
  { name, preset }: { name: string; preset: ProfilePreset },
): Promise<Bootstrapped> {
  const { companyId, companySlug, scimToken, apiKey, ownerEmail, ownerPassword } = await bootstrapCompany(db, {
    name,
    preset,
  });
  return {
    companyId,
    companySlug,
    graphqlUrl: `${publicUrl}/graphql`,
    scimBaseUrl: `${publicUrl}/scim/v2`,
    scimToken,
    apiKey,
    ownerEmail,
    ownerPassword,
  };
}
