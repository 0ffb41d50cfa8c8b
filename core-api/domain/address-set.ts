import { BlockList, isIP } from 'node:net';

const BITS = { 4: 32, 6: 128 } as const;
/** IPv4 in IPv6's clothes (RFC 4291 §2.5.5.2), as WHATWG's URL writes it. */
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;
const MAPPED_BITS = 96;

interface Address {
  address: string;
  family: 4 | 6;
}

/** Addresses that belong together: `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`. */
export class AddressSet {
  readonly #list = new BlockList();

  /** @param blocks as `addressBlock` writes them */
  constructor(blocks: readonly string[]) {
    for (const block of blocks) {
      const [before = '', bits] = block.split('/');
      const { address, family } = readAddress(before)!; // written by addressBlock
      this.#list.addSubnet(address, bits === undefined ? BITS[family] : Number(bits), familyName(family));
    }
  }

  /** False for what is no address. A zone (`fe80::1%eth0`) says by which of our own interfaces it came, and does not count. */
  has(text: string): boolean {
    const found = readAddress(text.replace(/%.*$/, ''));
    return found !== null && this.#list.check(found.address, familyName(found.family));
  }
}

/** One address or CIDR block in the one way of writing it; null for what is none. IPv4 in IPv6's form becomes IPv4. */
export function addressBlock(text: string): string | null {
  const [before = '', after, ...rest] = text.trim().split('/');
  const found = rest.length > 0 ? null : readAddress(before);
  if (!found) return null;
  const most = before.includes(':') ? BITS[6] : BITS[4];
  const given = after === undefined ? most : /^\d{1,3}$/.test(after) ? Number(after) : Number.NaN;
  const bits = most === BITS[found.family] ? given : given - MAPPED_BITS;
  if (!(given <= most && bits >= 0)) return null;
  return bits === BITS[found.family] ? found.address : `${found.address}/${bits}`;
}

function readAddress(text: string): Address | null {
  if (isIP(text) === 4) return { address: text, family: 4 };
  if (isIP(text) !== 6 || text.includes('%')) return null;
  const address = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [, high, low] = MAPPED.exec(address) ?? [];
  if (high === undefined || low === undefined) return { address, family: 6 };
  const bytes = [high, low].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
  return { address: bytes.join('.'), family: 4 };
}

function familyName(family: 4 | 6): 'ipv4' | 'ipv6' {
  return family === 4 ? 'ipv4' : 'ipv6';
}
