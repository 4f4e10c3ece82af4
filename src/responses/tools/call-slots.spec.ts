import { CallSlots } from './call-slots.js';

const wanted = new AbortController().signal;

/** Calls that end when they are told to. */
function heldCalls() {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const call = (id: number) => () => {
    begun.push(id);
    return new Promise<number>((resolve) => {
      ends[id] = () => {
        resolve(id);
      };
    });
  };
  return { begun, call, end: (id: number) => ends[id]?.() };
}

describe('the slots of calls', () => {
  it('should let so many run at a time, and the others in their order', async () => {
    const slots = new CallSlots(2);
    const { begun, call, end } = heldCalls();
    const results = [0, 1, 2, 3].map((id) => slots.run(call(id), wanted));
    expect(begun).toEqual([0, 1]);
    end(1);
    await results[1];
    await Promise.resolve();
    expect(begun).toEqual([0, 1, 2]);
    end(0);
    end(2);
    await Promise.all([results[0], results[2]]);
    end(3);
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3]);
  });

  it('should be free again behind a call that fails', async () => {
    const slots = new CallSlots(1);
    await expect(slots.run(() => Promise.reject(new Error('no')), wanted)).rejects.toThrow('no');
    expect(await slots.run(() => Promise.resolve('yes'), wanted)).toBe('yes');
  });

  it('should not begin what is not wanted any more', async () => {
    const slots = new CallSlots(1);
    const { begun, call, end } = heldCalls();
    const leaving = new AbortController();
    const first = slots.run(call(0), wanted);
    const second = slots.run(call(1), leaving.signal);
    leaving.abort(new Error('gone'));
    end(0);
    await first;
    await expect(second).rejects.toThrow('gone');
    expect(begun).toEqual([0]);
  });
});
