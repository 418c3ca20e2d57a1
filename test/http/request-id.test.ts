import { requestId } from '../../src/http/request-id';

describe('the id of a request', () => {
  it.each(['a', 'trace-17', '0b8f1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3', 'x.y_z-1'])('%s of the caller is kept', (given) => {
    expect(requestId(given)).toBe(given);
  });

  it.each([
    '279035121518989', '2790351215189', 'p2790351215189-89', '2.79.03.51.215.189', '185012A00400117', 'p1_85_01_2a_004001', '', 'a b', 'a'.repeat(65), 'é', 'a\r\nb',
  ])('%j of the caller is replaced', (given) => {
    expect(requestId(given)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
  });

  it('is made where the caller gives none, or several', () => {
    expect(requestId(undefined)).not.toBe(requestId(undefined));
    expect(requestId(['a', 'b'])).not.toBe('a');
  });
});
