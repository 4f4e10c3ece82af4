import { completeMessage } from './complete-message.js';
import { OutputParser } from './output-parser.js';
import { tokenize } from './tokenize.js';

function complete(text: string, startsInReasoning = false) {
  const parser = new OutputParser({
    reasoning: startsInReasoning,
    startsInReasoning,
    calls: true,
    newCallId: () => 'id',
  });
  return completeMessage(tokenize(text), parser);
}

const CALL = '<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>';
const call = (args: string) => ({ id: 'id', type: 'function', function: { name: 'f', arguments: args } });

describe('completeMessage', () => {
  it('should keep the text around calls', () => {
    expect(complete(`see ${CALL} done`)).toEqual({
      content: 'see  done',
      reasoning: null,
      calls: [call('{"a": 1}')],
    });
  });

  it('should keep as text a block that never ends, and the calls before it', () => {
    expect(complete(`${CALL}\n<tool_call>\n{"name": "g", "argu`)).toEqual({
      content: '\n<tool_call>\n{"name": "g", "argu',
      reasoning: null,
      calls: [call('{"a": 1}')],
    });
  });

  it('should keep as text a broken block and everything after it', () => {
    const broken = `<tool_call>{name: f}</tool_call> then ${CALL}`;
    expect(complete(broken)).toEqual({ content: broken, reasoning: null, calls: [] });
  });

  it('should take an answer that never closes its reasoning for reasoning', () => {
    expect(complete('all of it', true)).toEqual({ content: null, reasoning: 'all of it', calls: [] });
  });
});
