import type { JSONRPCMessage } from '@modelcontextprotocol/client';
import { Inbox } from './inbox.js';
import { Replies } from './replies.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Inbox', () => {
  let sent: JSONRPCMessage[];
  let release: (() => void)[];
  let replies: Replies;
  let inbox: Inbox;

  beforeEach(() => {
    sent = [];
    release = [];
    replies = new Replies((reply) => {
      sent.push(reply);
      return new Promise((resolve, reject) => {
        // Failing or not is the same to whoever asks.
        release.push(
          release.length % 2 === 0
            ? resolve
            : () => {
                reject(new Error('cut'));
              },
        );
      });
    });
    inbox = new Inbox(replies);
  });

  const takeAll = (count: number, messageOf: (id: number) => unknown): number => {
    for (let id = 0; id < count; id += 1) {
      try {
        inbox.take(messageOf(id));
      } catch {
        return id;
      }
    }
    return count;
  };

  it('should hand over answers and signs of progress alone', () => {
    const answer = { jsonrpc: '2.0', id: 1, result: {} };
    const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1 } };
    expect(inbox.take(answer)).toEqual(answer);
    expect(inbox.take(progress)).toEqual(progress);
    for (const other of [null, 5, [], {}, { method: 'notifications/message' }, { id: 1, method: 'ping' }])
      expect(inbox.take(other)).toBeNull();
  });

  it('should pass over signs of progress that come in numbers', () => {
    const progress = { method: 'notifications/progress', params: { progressToken: 1 } };
    const passed = Array.from({ length: 3_000 }, () => inbox.take(progress)).filter(Boolean);
    expect(passed.length).toBeGreaterThanOrEqual(100);
    expect(passed.length).toBeLessThan(1_000);
  });

  it('should reply to questions, a few at a time', async () => {
    takeAll(20, (id) => ({ id, method: id === 1 ? 'roots/list' : 'ping' }));
    expect(sent).toHaveLength(4);
    expect(sent.slice(0, 2)).toEqual([
      { jsonrpc: '2.0', id: 0, result: {} },
      { jsonrpc: '2.0', id: 1, error: { code: -32_601, message: 'Method not found' } },
    ]);
    for (let at = 0; at < 20; at += 1) {
      release[at]?.();
      await turn();
    }
    expect(sent.map((reply) => 'id' in reply && reply.id)).toEqual(Array.from({ length: 20 }, (_, id) => id));
  });

  it('should send no reply any more when it is ended', async () => {
    takeAll(20, (id) => ({ id, method: 'ping' }));
    replies.end();
    takeAll(5, (id) => ({ id, method: 'ping' }));
    for (const done of release) done();
    await turn();
    expect(sent).toHaveLength(4);
  });

  it('should break off where there are too many questions', () => {
    const ask = () => takeAll(22_000, (id) => ({ id, method: 'ping' }));
    expect(ask()).toBeLessThanOrEqual(110);
    inbox.renew();
    expect(ask()).toBeGreaterThanOrEqual(100);
  });

  it.each([
    ['notifications', { method: 'notifications/message' }],
    ['signs of progress', { method: 'notifications/progress', params: {} }],
    ['answers to nobody', { id: 7, result: {} }],
    ['things that are no messages', null],
  ])('should break off where there are too many %s', (_what, message) => {
    const count = takeAll(100_000, () => message);
    expect(count).toBeGreaterThanOrEqual(4_000);
    expect(count).toBeLessThan(100_000);
  });
});
