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
    location: resourceLocation(resourceType, stored.id, baseUrl),
    version: toETag(stored.version),
  };
}

/** The one address that a resource keeps, whichever way it was asked for. */
export function resourceLocation(resourceType: 'User' | 'Group', id: string, baseUrl: string): string {
  return `${baseUrl}/${resourceType}s/${id}`;
}

export function toETag(version: number): string {
  return `W/"${version}"`;
}
