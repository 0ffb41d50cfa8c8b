import { BlockList, isIP } from 'node:net';
import { DomainError, invalidValue } from '../errors.js';

const MOST_BLOCKS = 100;
const BITS = { 4: 32, 6: 128 } as const;
/** IPv4 in IPv6's clothes (RFC 4291 §2.5.5.2), as WHATWG's URL writes it. */
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;
const MAPPED_BITS = 96;

interface Block {
  address: string;
  family: 4 | 6;
  bits: number;
}

/**
 * Addresses and CIDR blocks, IPv4 and IPv6, each once and in one way of writing: `192.0.2.7`, `2001:db8::/32`.
 *
 * @throws INVALID_VALUE (more than 100, or one that is none)
 */
export function checkAllowedAddresses(texts: readonly string[]): string[] {
  if (texts.length > MOST_BLOCKS)
    throw invalidValue('allowedAddresses', `allowedAddresses may name ${MOST_BLOCKS} at most.`);
  return [...new Set(texts.map((text) => textOf(checkBlock(text))))];
}

/** @throws ADDRESS_NOT_ALLOWED, also when the address is not known. Nothing allowed by name: everything is. */
export function requireAllowed(allowed: readonly string[], clientAddress: string | null): void {
  if (allowed.length === 0) return;
  // A zone says by which of our own interfaces it came.
  const client = clientAddress === null ? null : readAddress(clientAddress.replace(/%.*$/, ''));
  if (!client || !listOf(allowed).check(client.address, familyName(client)))
    throw new DomainError('ADDRESS_NOT_ALLOWED', 'The token may not be used from this address.');
}

const lists = new WeakMap<readonly string[], BlockList>();

/** Made once for the array that the cached credential holds, not once a request. */
function listOf(allowed: readonly string[]): BlockList {
  let list = lists.get(allowed);
  if (!list) {
    list = new BlockList();
    for (const text of allowed) {
      const block = checkBlock(text);
      list.addSubnet(block.address, block.bits, familyName(block));
    }
    lists.set(allowed, list);
  }
  return list;
}

function checkBlock(text: string): Block {
  const [before = '', after, ...rest] = text.trim().split('/');
  const address = rest.length > 0 ? null : readAddress(before);
  const most = address && (before.includes(':') ? BITS[6] : BITS[4]);
  const given = after === undefined ? most : /^\d{1,3}$/.test(after) ? Number(after) : null;
  if (address && most !== null && given !== null && given <= most) {
    const isMapped = before.includes(':') && address.family === 4;
    const bits = isMapped ? given - MAPPED_BITS : given;
    if (bits >= 0) return { ...address, bits };
  }
  throw invalidValue(
    'allowedAddresses',
    `allowedAddresses takes addresses and blocks like 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32; "${text.slice(0, 60)}" is none.`,
  );
}

/** Null for what is no address; an IPv4 address in IPv6 form is the IPv4 address. */
function readAddress(text: string): Omit<Block, 'bits'> | null {
  if (isIP(text) === 4) return { address: text, family: 4 };
  if (isIP(text) !== 6 || text.includes('%')) return null;
  const address = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [, high, low] = MAPPED.exec(address) ?? [];
  if (high === undefined || low === undefined) return { address, family: 6 };
  const bytes = [high, low].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
  return { address: bytes.join('.'), family: 4 };
}

function textOf({ address, family, bits }: Block): string {
  return bits === BITS[family] ? address : `${address}/${bits}`;
}

function familyName({ family }: Pick<Block, 'family'>): 'ipv4' | 'ipv6' {
  return family === 4 ? 'ipv4' : 'ipv6';
}
