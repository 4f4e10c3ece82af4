import { randomUUID } from 'node:crypto';
import type { IdempotencyStore } from '../../src/coordination/idempotency-store.js';
import { until } from '../support/until.js';
import { BACKENDS, usePlace } from './coordination-backends.js';

const LONG = 60_000;
const BODY = 'sha256-of-a-body';

describe.each(BACKENDS)('an idempotency store ($name)', (backend) => {
  const join = usePlace(backend);
  let one: IdempotencyStore;
  let other: IdempotencyStore;
  let scope: string;

  beforeAll(async () => {
    one = (await join()).idempotency;
    other = (await join()).idempotency;
  });
  beforeEach(() => {
    scope = `tenant:${randomUUID()}`;
  });

  it('should begin once, and say that it runs', async () => {
    expect(await one.begin(scope, BODY, LONG)).toEqual({ kind: 'begun' });
    expect(await other.begin(scope, BODY, LONG)).toEqual({ kind: 'running' });
    expect(await other.begin(`${scope}2`, BODY, LONG)).toEqual({ kind: 'begun' });
  });

  it('should give the outcome to all who ask, and a release does not take it away', async () => {
    const outcome = JSON.stringify({ text: 'é\n\u{1f600}' });
    await one.begin(scope, BODY, LONG);
    await one.finish(scope, outcome, LONG);
    await one.release(scope);
    expect(await other.begin(scope, BODY, LONG)).toEqual({ kind: 'done', outcome });
    expect(await one.begin(scope, BODY, LONG)).toEqual({ kind: 'done', outcome });
  });

  it.each([false, true])('should know another body, also of one that is done: %s', async (isDone) => {
    await one.begin(scope, BODY, LONG);
    if (isDone) await one.finish(scope, 'x', LONG);
    expect(await other.begin(scope, 'another', LONG)).toEqual({ kind: 'other' });
  });

  it('should begin anew once it was released', async () => {
    await one.begin(scope, BODY, LONG);
    await one.release(scope);
    expect(await other.begin(scope, 'another', LONG)).toEqual({ kind: 'begun' });
  });

  it('should begin anew when whoever had it has not renewed it', async () => {
    await one.begin(scope, BODY, 50);
    await until(async () => (await other.begin(scope, BODY, LONG)).kind === 'begun');
    expect(await one.begin(scope, BODY, LONG)).toEqual({ kind: 'running' });
  });

  it('should go on running while it is renewed', async () => {
    await one.begin(scope, BODY, 400);
    const end = performance.now() + 1_000;
    while (performance.now() < end) {
      await one.renew(scope, 400);
      expect(await other.begin(scope, BODY, LONG)).toEqual({ kind: 'running' });
    }
  });

  it('should forget an outcome when its time has passed, which no renewal puts off', async () => {
    await one.begin(scope, BODY, LONG);
    await one.finish(scope, 'x', 50);
    await one.renew(scope, LONG);
    await until(async () => (await other.begin(scope, 'another', LONG)).kind === 'begun');
    expect(await one.begin(scope, 'another', LONG)).toEqual({ kind: 'running' });
  });

  it('should be begun by exactly one of many that ask at once', async () => {
    const asked = Array.from({ length: 12 }, (_, index) =>
      (index % 2 === 0 ? one : other).begin(scope, BODY, LONG),
    );
    const kinds = (await Promise.all(asked)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'begun')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'running')).toHaveLength(11);
  });
});
