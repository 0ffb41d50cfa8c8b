import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** What the names mean that stand for several ranges. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** The machines in front of this one whose word counts. */
export interface TrustedProxies {
  /**
   * Where a request comes from: the other end of the connection, unless that is one of the proxies; then who it says it got the request from
   * (X-Forwarded-For), and so on from the last to the first. What anybody else says there does not count. Null once the connection is gone.
   */
  clientAddressOf(request: IncomingMessage): string | null;
  /** Whether that address is one of them. */
  include(address: string): boolean;
}

/** @param ranges addresses, ranges or names, as the setting ROLLCALL_TRUSTED_PROXIES has them. */
export function trustedProxies(ranges: readonly string[]): TrustedProxies {
  const trusted = new BlockList();
  for (const range of ranges.flatMap((each) => NAMED[each] ?? [each])) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    trusted.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  const include = (address: string) => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return {
    include,
    clientAddressOf({ socket, headers }) {
      let address = socket.remoteAddress ?? null;
      const said = headers['x-forwarded-for'];
      if (typeof said !== 'string') return address;
      const hops = said.split(',').map((hop) => hop.trim());
      while (address !== null && hops.length > 0 && include(address)) {
        const hop = hops.pop()!;
        if (isIP(hop) === 0) break;
        address = hop;
      }
      return address;
    },
  };
}
