import { AddressSet, addressBlock } from '../address-set.js';
import { DomainError, invalidValue } from '../errors.js';

const MOST_BLOCKS = 100;

/**
 * Addresses and CIDR blocks, IPv4 and IPv6, each once and in one way of writing: `192.0.2.7`, `2001:db8::/32`.
 *
 * @throws INVALID_VALUE (more than 100, or one that is none)
 */
export function checkAllowedAddresses(texts: readonly string[]): string[] {
  if (texts.length > MOST_BLOCKS)
    throw invalidValue('allowedAddresses', `allowedAddresses may name ${MOST_BLOCKS} at most.`);
  return [...new Set(texts.map(checkBlock))];
}

/** @throws ADDRESS_NOT_ALLOWED, also when the address is not known. Nothing allowed by name: everything is. */
export function requireAllowed(allowed: readonly string[], clientAddress: string | null): void {
  if (allowed.length === 0) return;
  if (clientAddress === null || !setOf(allowed).has(clientAddress))
    throw new DomainError('ADDRESS_NOT_ALLOWED', 'The token may not be used from this address.');
}

const sets = new WeakMap<readonly string[], AddressSet>();

/** Made once for the array that the cached credential holds, not once a request. */
function setOf(allowed: readonly string[]): AddressSet {
  let set = sets.get(allowed);
  if (!set) {
    set = new AddressSet(allowed.map(checkBlock));
    sets.set(allowed, set);
  }
  return set;
}

function checkBlock(text: string): string {
  const block = addressBlock(text);
  if (block !== null) return block;
  throw invalidValue(
    'allowedAddresses',
    `allowedAddresses takes addresses and blocks like 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32; "${text.slice(0, 60)}" is none.`,
  );
}
