import { passThrough } from '../../../test/support/translation.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { readUsage } from './read-usage.js';
import { RequireCall } from './require-call.js';
import type { Segment } from '../vocabulary/segment.js';

const text: Segment = { kind: 'text', text: 'I could call.' };
const call: Segment = { kind: 'call-start', call: 0, name: 'f' };
const args: Segment = { kind: 'call-arguments', call: 0, text: '{}' };
const stop: Segment = { kind: 'finish', reason: 'stop' };
const usage: Segment = { kind: 'usage', usage: readUsage({ prompt_tokens: 1 }) };

const never = (): boolean => false;
const always = (): boolean => true;

describe('demanding a call', () => {
  it('should hold text back until the call begins and leave it out of the way then', () => {
    const stage = new RequireCall(always);
    expect(passThrough(stage, [text])).toEqual([]);
    expect(passThrough(stage, [call, args, text, stop])).toEqual([text, call, args, text, stop]);
  });

  it('should show nothing of an answer without a call that is asked for again', () => {
    expect(passThrough(new RequireCall(always), [text, stop])).toEqual([]);
  });

  it('should pass an answer without a call on as such where it is not asked for again', () => {
    expect(passThrough(new RequireCall(never), [text, stop])).toEqual([
      text,
      { kind: 'finish', reason: 'no_required_call' },
    ]);
  });

  it.each(['length', 'content_filter'] as const)('should not ask again for an answer cut by %s', (reason) => {
    const finish: Segment = { kind: 'finish', reason };
    expect(passThrough(new RequireCall(always), [text, finish])).toEqual([text, finish]);
  });

  it('should let usage and failures through at once', () => {
    const failure: Segment = { kind: 'failure', error: new GatewayError('upstream_error') };
    expect(passThrough(new RequireCall(always), [text, usage, failure])).toEqual([usage, failure]);
  });
});
