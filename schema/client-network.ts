import { isIP } from 'node:net';

/**
 * Where somebody comes from, as attempts and requests are counted: an IPv4 address, of IPv6 the network of 2^64, for who has one address of it has all.
 *
 * @param address as a socket or a trusted proxy says it; what is no address stands for itself.
 */
export function clientNetworkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const whole = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  // IPv4 in IPv6's clothes.
  if (whole.startsWith('::ffff:')) return whole;
  const [front = [], back = []] = whole.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const groups = [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
