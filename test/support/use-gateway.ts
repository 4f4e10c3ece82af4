import { createTestApp, type TestApp, type TestAppOptions } from './create-test-app.js';
import { type FakeUpstream, startFakeUpstream } from './fake-upstream.js';

export interface GatewayOptions extends TestAppOptions {
  /** What the model server answers; without, what a test tells it. */
  answer?: Parameters<typeof startFakeUpstream>[0];
  /** A server and a gateway for each test, rather than for all of the block. */
  each?: boolean;
}

/**
 * A scripted model server and a gateway in front of it for the tests of a file or a `describe` block, both there once these run.
 *
 * @example
 * const { upstream, gateway } = useGateway({ environment: { TOOL_CALL_PARSER: 'hermes' } });
 */
export function useGateway({ answer, each = false, ...options }: GatewayOptions = {}): {
  upstream: FakeUpstream;
  gateway: TestApp;
} {
  let upstream: FakeUpstream;
  let gateway: TestApp;
  const start = async (): Promise<void> => {
    upstream = await startFakeUpstream(answer);
    const environment = { UPSTREAM_BASE_URL: upstream.url, ...options.environment };
    gateway = await createTestApp({ ...options, environment });
  };
  const stop = async (): Promise<void> => {
    await gateway.close();
    await upstream.close();
  };
  if (each) {
    beforeEach(start);
    afterEach(stop);
  } else {
    beforeAll(start);
    afterAll(stop);
  }
  return { upstream: lateBound(() => upstream), gateway: lateBound(() => gateway) };
}

/** Stands for an object that does not exist yet. */
function lateBound<T extends object>(current: () => T): T {
  return new Proxy({} as T, {
    get: (_target, name) => {
      const value: unknown = Reflect.get(current(), name);
      return typeof value === 'function' ? (value.bind(current()) as unknown) : value;
    },
    set: (_target, name, value) => Reflect.set(current(), name, value),
  });
}
