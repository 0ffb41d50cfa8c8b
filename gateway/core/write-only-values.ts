import type { DirectoryProfile, ProfileAttribute } from '#schema/profile.js';

/**
 * What a body says of the attributes that a profile declares write-only, wherever it stands: as a member, under a key that is a path, or as the value of
 * an operation whose path ends in one.
 */
export function writeOnlyValues(body: unknown, profile: DirectoryProfile): string[] {
  const names = new Set(profile.extensions.flatMap(({ attributes }) => attributes.flatMap(writeOnlyNames)));
  const found: string[] = [];
  const isNamed = (path: string) => names.has(path.split(/[:.]/).at(-1)!.toLowerCase()); // split leaves one at least
  const read = (value: unknown, isSecret: boolean): void => {
    if (isSecret && (typeof value === 'string' || typeof value === 'number')) found.push(String(value));
    if (typeof value !== 'object' || value === null) return;
    const entries = Object.entries(value);
    const isOfSecret = entries.some(
      ([key, path]) => key.toLowerCase() === 'path' && typeof path === 'string' && isNamed(path),
    );
    for (const [key, each] of entries)
      read(each, isSecret || isNamed(key) || (isOfSecret && key.toLowerCase() === 'value'));
  };
  if (names.size > 0) read(body, false);
  return found;
}

function writeOnlyNames({ name, mutability, subAttributes = [] }: ProfileAttribute): string[] {
  return mutability === 'writeOnly' ? [name.toLowerCase()] : subAttributes.flatMap(writeOnlyNames);
}
