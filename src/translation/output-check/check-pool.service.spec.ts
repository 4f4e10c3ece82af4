import { Environment } from '../../config/environment.js';
import { CheckPool } from './check-pool.service.js';

const wanted = new AbortController().signal;
const SLOW = JSON.stringify({ type: 'string', pattern: '^(a+)+$' });
const SLOW_TEXT = JSON.stringify(`${'a'.repeat(40)}!`);

describe('CheckPool', () => {
  let pool: CheckPool;
  const open = (milliseconds: number): CheckPool => {
    pool = new CheckPool(Object.assign(new Environment(), { STRICT_OUTPUT_TIMEOUT_MS: milliseconds }));
    return pool;
  };
  afterEach(() => pool.onApplicationShutdown());

  it.each([
    [{ type: 'integer' }, '1', { kind: 'fits' }],
    [{ type: 'integer' }, '"1"', { kind: 'broken', problem: 'the value must be integer' }],
    [{ type: 'integer' }, 'one', { kind: 'broken', problem: 'it is not JSON' }],
    [{ $ref: 'https://example.com/nowhere' }, '1', { kind: 'unusable' }],
    [{ type: 'no type' }, '1', { kind: 'unusable' }],
    [{ $ref: '#' }, '1', { kind: 'overrun' }],
    [{ type: 'array', items: { $ref: '#' } }, '['.repeat(5_000) + ']'.repeat(5_000), { kind: 'fits' }],
  ])('should check by %j', async (schema, text, verdict) => {
    expect(await open(20_000).check(JSON.stringify(schema), text, wanted)).toEqual(verdict);
  });

  it('should give up what takes too long, remember it, and go on with others', async () => {
    open(300);
    const slow = await Promise.all([1, 2, 3].map(() => pool.check(SLOW, SLOW_TEXT, wanted)));
    expect(slow.map(({ kind }) => kind)).toEqual(['overrun', 'overrun', 'overrun']);
    const nextTurn = new Promise((resolve) => setImmediate(resolve));
    // At once: no thread is asked.
    expect(await Promise.race([pool.check(SLOW, '"a"', wanted), nextTurn])).toEqual({ kind: 'overrun' });
    let other = await pool.check('{"type":"null"}', 'null', wanted);
    // The new thread may need longer than the deadline of this test, on a busy machine.
    for (let tries = 0; tries < 20 && other.kind === 'overrun'; tries++) {
      other = await pool.check(JSON.stringify({ type: 'null', title: String(tries) }), 'null', wanted);
    }
    expect(other).toEqual({ kind: 'fits' });
  });

  it('should end a check that is no longer wanted, and not hold that against its schema', async () => {
    open(20_000);
    const leave = new AbortController();
    const left = pool.check(SLOW, SLOW_TEXT, leave.signal);
    setTimeout(() => {
      leave.abort();
    }, 50);
    expect(await left).toEqual({ kind: 'overrun' });
    expect(await pool.check(SLOW, '"aaa"', wanted)).toEqual({ kind: 'fits' });
  });
});
