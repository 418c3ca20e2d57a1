import { notModified } from '../../src/interactions/conditional-read';

const updated = Date.UTC(2026, 2, 1, 9, 30, 0, 750);
const same = 'Sun, 01 Mar 2026 09:30:00 GMT';
const earlier = 'Sun, 01 Mar 2026 09:29:59 GMT';

test.each<[string, Record<string, string>, boolean]>([
  ['without a condition', {}, false],
  ['with the tag that it has', { 'if-none-match': 'W/"3"' }, true],
  ['with the tag in its strong form', { 'if-none-match': '"3"' }, true],
  ['with the tag in a list', { 'if-none-match': 'W/"1", W/"3"' }, true],
  ['with a star', { 'if-none-match': '*' }, true],
  ['with another tag', { 'if-none-match': 'W/"2"' }, false],
  ['with a tag that only begins alike', { 'if-none-match': 'W/"33"' }, false],
  ['with the second of its last change', { 'if-modified-since': same }, true],
  ['with a time before', { 'if-modified-since': earlier }, false],
  ['with a time that cannot be read', { 'if-modified-since': 'yesterday' }, false],
  // RFC 9110 5.6.7: an HTTP-date has three forms; 13.1.3: what is none of them is ignored.
  ['with a time as RFC 850 wrote it', { 'if-modified-since': 'Sunday, 01-Mar-26 09:30:00 GMT' }, true],
  ['with a time as asctime writes it', { 'if-modified-since': 'Sun Mar  1 09:30:00 2026' }, true],
  ['with an earlier time as asctime writes it', { 'if-modified-since': 'Sun Mar  1 09:29:59 2026' }, false],
  ['with a time of ISO 8601', { 'if-modified-since': '2099-01-01T00:00:00Z' }, false],
  ['with another tag, which wins over a fitting time', { 'if-none-match': 'W/"2"', 'if-modified-since': same }, false],
  ['with the tag, which wins over an earlier time', { 'if-none-match': 'W/"3"', 'if-modified-since': earlier }, true],
])('%s', (_, headers, expected) => {
  expect(notModified(headers, 'W/"3"', updated)).toBe(expected);
});
