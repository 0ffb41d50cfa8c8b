/** `meta` of RFC 7643 §3.1. */
export interface ResourceMeta {
  resourceType: 'User' | 'Group';
  created: string;
  lastModified: string;
  location: string;
  version: string;
}

interface Stored {
  id: string;
  version: number;
  createdAt: string;
  updatedAt: string;
}

/** @param baseUrl of the gateway, `https://…/scim/v2`, without a slash at its end. */
export function toMeta(stored: Stored, resourceType: 'User' | 'Group', baseUrl: string): ResourceMeta {
  return {
    resourceType,
    created: stored.createdAt,
    lastModified: stored.updatedAt,
    location: `${baseUrl}/${resourceType}s/${stored.id}`,
    version: toETag(stored.version),
  };
}

export function toETag(version: number): string {
  return `W/"${version}"`;
}
