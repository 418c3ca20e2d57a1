import { randomBytes } from 'node:crypto';
import { copied, inOrder } from '../../src/interactions/pace';

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

describe('work on many items', () => {
  const busy = (ms: number): void => {
    for (const end = performance.now() + ms; performance.now() < end;);
  };

  it('rests together: between two turns of the loop nobody takes a time of their own', async () => {
    let inTurn = 0;
    let most = 0;
    let next: NodeJS.Immediate;
    const turned = (): void => {
      inTurn = 0;
      next = setImmediate(turned);
    };
    turned();
    const items = Array.from({ length: 200 }, (_, index) => index);
    const given = await inOrder(items, 8, async (item) => {
      busy(1);
      most = Math.max(most, ++inTurn);
      return item;
    });
    clearImmediate(next!);
    expect(given).toEqual(items);
    // What five milliseconds hold, and what each of the eight has begun; a slow machine does less. With rests of their own it would be forty.
    expect(most).toBeLessThanOrEqual(16);
  });
});
