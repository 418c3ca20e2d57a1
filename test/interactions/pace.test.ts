import { randomBytes } from 'node:crypto';
import { copied } from '../../src/interactions/pace';

const mega = 1024 * 1024;

describe('bytes that are copied in steps', () => {
  it.each([0, 1, mega, mega + 1, 3 * mega - 1])('are the same in memory of their own: %i', async (size) => {
    const bytes = randomBytes(size + 8).subarray(4, size + 4);
    const copy = await copied(bytes);
    expect(Buffer.compare(copy, bytes)).toBe(0);
    expect(copy.buffer.byteLength).toBe(size);
  });

  it('let others have the loop meanwhile', async () => {
    let turned = false;
    setImmediate(() => { turned = true; });
    await copied(new Uint8Array(2 * mega));
    expect(turned).toBe(true);
  });
});
