import { after, afterEach, before, beforeEach } from 'node:test';
import { expect } from 'expect';
import { ScriptedUpstream } from './scripted-upstream.ts';
import { type Gateway, startGateway } from './start-gateway.ts';

/** A gateway in front of a scripted model server; both are there while the tests run. */
export interface Stack {
  gateway: Gateway;
  upstream: ScriptedUpstream;
}

type Settings = Record<string, string>;

/**
 * Starts both before the tests of this `describe` and stops them afterwards. The script of the model server is empty
 * before each test and has to be used up after it.
 *
 * @param env further settings of the gateway; a function is called when they are needed
 */
export function useStack(env: Settings | (() => Settings) = {}): Stack {
  const stack = {} as Stack;
  before(async () => {
    stack.upstream = await ScriptedUpstream.start();
    const settings = typeof env === 'function' ? env() : env;
    stack.gateway = await startGateway({ UPSTREAM_BASE_URL: stack.upstream.url, ...settings });
  });
  after(async () => {
    await stack.gateway?.stop();
    await stack.upstream?.stop();
  });
  beforeEach(() => {
    stack.upstream.reset();
  });
  afterEach(() => {
    expect(stack.upstream.unused).toBe(0);
  });
  return stack;
}
