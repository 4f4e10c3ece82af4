import { functionTool, joined, passThrough, translate } from '../../../test/support/translation.js';
import { HermesParser } from '../../tool-parsers/hermes.parser.js';
import { ParseRawText } from './parse-raw-text.js';
import type { Segment } from '../vocabulary/segment.js';

const TOOLS = translate({ tools: [functionTool('search')] }).plan.tools;
const text = (value: string): Segment => ({ kind: 'text', text: value });
const start = (call: number): Segment => ({ kind: 'call-start', call, name: 'search' });
const given = (call: number, value: string): Segment => ({ kind: 'call-arguments', call, text: value });
const end = (call: number): Segment => ({ kind: 'call-end', call });
const stop: Segment = { kind: 'finish', reason: 'stop' };
const WHOLE = '<tool_call>{"name":"search","arguments":{}}</tool_call>';

function run(segments: Segment[], warnings: string[] = []): Segment[] {
  const stage = new ParseRawText(new HermesParser().create(TOOLS), (warning) => warnings.push(warning));
  return passThrough(stage, segments);
}

describe('calls that are read out of the text', () => {
  it('should be numbered along with those of the server', () => {
    const segments = [start(0), given(0, '{}'), text(WHOLE), start(1), given(1, '{}'), end(1), stop];
    expect(run(segments)).toEqual([
      start(0),
      given(0, '{}'),
      start(1),
      given(1, '{}'),
      end(1),
      start(2),
      given(2, '{}'),
      end(2),
      stop,
    ]);
  });

  it('should not pass for whole where they break off', () => {
    const segments = run([text('<tool_call>{"name":"search","arguments":{"q"'), stop]);
    expect(segments.at(-1)).toEqual({ kind: 'finish', reason: 'malformed_call' });
    expect(segments).not.toContainEqual(end(0));
  });

  it('should keep the reason of a cut', () => {
    const length: Segment = { kind: 'finish', reason: 'length' };
    expect(run([text('<tool_call>{"name":"search","arguments":{"q"'), length]).at(-1)).toEqual(length);
  });

  it('should be warned of where they cannot be read', () => {
    const warnings: string[] = [];
    const broken = text('<tool_call>{"name":"search","arguments":1}</tool_call>');
    expect(run([broken, stop], warnings)).toEqual([broken, stop]);
    expect(warnings).toEqual(['malformed_tool_call']);
  });

  describe('the log probabilities of the text beside them', () => {
    const TOKENS = [
      'a',
      ' <',
      'b <',
      'tool',
      ' c ',
      '<tool_call>',
      WHOLE.slice(11, -12),
      '</tool_call>',
      ' a',
      '!',
    ];
    const likely = (tokens: string[]): Segment => ({
      kind: 'text',
      text: tokens.join(''),
      logprobs: tokens.map((token) => ({
        token,
        logprob: -1,
        bytes: [...Buffer.from(token)],
        top_logprobs: [],
      })),
    });
    const tokensIn = (segments: readonly Segment[]) =>
      segments
        .flatMap((segment) => (segment.kind === 'text' ? (segment.logprobs ?? []) : []))
        .map(({ token }) => token);

    it.each([1, 2, 3, TOKENS.length])('should be kept, with %d tokens a delta', (size) => {
      const deltas: Segment[] = [];
      for (let at = 0; at < TOKENS.length; at += size) deltas.push(likely(TOKENS.slice(at, at + size)));
      const segments = run([...deltas, stop]);
      expect(joined(segments)).toBe('a <b <tool c  a!');
      expect(tokensIn(segments)).toEqual(['a', ' <', 'b <', 'tool', ' c ', ' a', '!']);
    });
  });
});
