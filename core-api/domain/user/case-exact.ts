import type { DirectoryProfile } from '#schema/profile.js';

interface CustomAttribute {
  urn: string;
  attribute: string;
  subAttribute?: string | null;
}

/** Whether the profile declares that texts of this attribute of an extension mind case; without a profile none does. */
export function isCaseExact(
  profile: DirectoryProfile | null,
  { urn, attribute, subAttribute }: CustomAttribute,
): boolean {
  const extension = profile?.extensions.find((each) => isSameName(each.urn, urn));
  const found = extension?.attributes.find(({ name }) => isSameName(name, attribute));
  const sub = subAttribute == null ? null : found?.subAttributes?.find(({ name }) => isSameName(name, subAttribute));
  return (sub ?? found)?.caseExact ?? false;
}

const isSameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
