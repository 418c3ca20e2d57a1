import { Traffic } from '../../src/http/traffic';

describe('the requests under way', () => {
  it('are waited for until the last of them is over', async () => {
    const traffic = new Traffic();
    await traffic.idle();
    traffic.enter();
    traffic.enter();
    const order: string[] = [];
    const idle = Promise.all([traffic.idle(), traffic.idle()]).then(() => order.push('idle'));
    traffic.leave();
    await Promise.resolve();
    order.push('one left');
    expect(traffic.count).toBe(1);
    traffic.leave();
    await idle;
    expect(order).toEqual(['one left', 'idle']);
  });
});
