import { clientAddress } from '../../src/http/client-address';

const from = (remoteAddress: string, forwarded?: string) => ({ headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }, socket: { remoteAddress } });

describe('the address of a caller', () => {
  const addressOf = clientAddress(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32']);

  it.each([
    ['nobody between', from('203.0.113.9'), '203.0.113.9'],
    ['a stranger who claims another', from('203.0.113.9', '198.51.100.1'), '203.0.113.9'],
    ['a trusted proxy', from('10.1.2.3', '198.51.100.1'), '198.51.100.1'],
    ['a trusted proxy on a socket of both families', from('::ffff:10.1.2.3', '198.51.100.1'), '198.51.100.1'],
    ['two trusted proxies', from('192.0.2.1', '198.51.100.1, 10.9.9.9'), '198.51.100.1'],
    ['a caller who wrote the header before the proxy did', from('10.1.2.3', '127.0.0.1, 198.51.100.1'), '198.51.100.1'],
    ['a proxy that says nothing', from('10.1.2.3'), '10.1.2.3'],
    ['a proxy that says what is no address', from('10.1.2.3', 'unknown'), '10.1.2.3'],
    ['IPv6', from('2001:db8::7', '2001:4860::1'), '2001:4860::1'],
  ])('with %s', (_name, request, expected) => {
    expect(addressOf(request)).toBe(expected);
  });

  it('is that of the connection when no proxy is trusted', () => {
    expect(clientAddress([])(from('10.1.2.3', '198.51.100.1'))).toBe('10.1.2.3');
  });
});
