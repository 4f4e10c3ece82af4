import { Slots } from './slots.js';

describe('Slots', () => {
  const never = new AbortController().signal;

  it('should let in as many as there are places, and the rest in their order', async () => {
    const slots = new Slots(1, 10);
    const order: string[] = [];
    expect(await slots.enter(never)).toBe(true);
    const first = slots.enter(never).then((entered) => order.push(`first ${entered}`));
    const second = slots.enter(never).then((entered) => order.push(`second ${entered}`));
    slots.leave();
    await first;
    slots.leave();
    await second;
    expect(order).toEqual(['first true', 'second true']);
    slots.leave();
    expect(await slots.enter(never)).toBe(true);
  });

  it('should turn away who gives up, and who comes when the line is full', async () => {
    const slots = new Slots(1, 1);
    const impatient = new AbortController();
    await slots.enter(never);
    const waiting = slots.enter(impatient.signal);
    expect(await slots.enter(never)).toBe(false);
    impatient.abort();
    expect(await waiting).toBe(false);
    expect(await slots.enter(impatient.signal)).toBe(false);
    const next = slots.enter(never);
    slots.leave();
    expect(await next).toBe(true);
  });
});
