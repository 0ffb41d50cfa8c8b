/** The role that a text names: by its key, else by its name, ignoring case; so every mapping and every provider's value is read. */
export function findRole<R extends { key: string; name: string }>(roles: readonly R[], named: string): R | null {
  const lower = named.trim().toLowerCase();
  return (
    roles.find(({ key }) => key.toLowerCase() === lower) ??
    roles.find(({ name }) => name.toLowerCase() === lower) ??
    null
  );
}
