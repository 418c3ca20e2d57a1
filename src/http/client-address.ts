/** Where a request comes from, for the log: the nearest address that no trusted proxy vouches for another one. */
import { BlockList, isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
/** IPv4 as a socket of both families tells it. */
const plain = (address: string): string => address.trim().replace(/^::ffff:(?=\d+\.)/i, '');

/** @param trusted addresses and networks (CIDR) of the proxies whose X-Forwarded-For is believed */
export function clientAddress(trusted: readonly string[]): (request: Pick<IncomingMessage, 'headers'> & { readonly socket: { readonly remoteAddress?: string | undefined } }) => string {
  const proxies = new BlockList();
  for (const entry of trusted) {
    const [address = '', prefix] = entry.split('/');
    if (prefix === undefined) proxies.addAddress(address, family(address));
    else proxies.addSubnet(address, Number(prefix), family(address));
  }
  return ({ headers, socket }) => {
    let address = plain(socket.remoteAddress ?? '');
    const said = String(headers['x-forwarded-for'] ?? '').split(',').map(plain);
    while (isIP(address) !== 0 && proxies.check(address, family(address))) {
      const next = said.pop();
      if (next === undefined || isIP(next) === 0) break;
      address = next;
    }
    return address;
  };
}
