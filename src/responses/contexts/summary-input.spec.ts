import type { OutputItem } from '../../contracts/responses-api.js';
import { summaryInput } from './summary-input.js';

describe('summaryInput', () => {
  it('should be everything that was said, and the wish for a summary', () => {
    const shown = [
      { role: 'user', content: 'a' },
      { type: 'function_call', call_id: 'open' },
    ];
    const output = [
      { type: 'message', id: 'msg_1' },
      { type: 'mcp_call' },
      { type: 'web_search_call' },
    ] as OutputItem[];
    expect(summaryInput(shown, output)).toEqual([...shown, ...output, { type: 'compaction_trigger' }]);
  });

  it('should leave out calls that are still to be carried out', () => {
    const output = [
      { type: 'function_call', call_id: 'a' },
      { type: 'mcp_approval_request', id: 'b' },
      { type: 'custom_tool_call', call_id: 'c' },
    ] as OutputItem[];
    expect(summaryInput([], output)).toEqual([{ type: 'compaction_trigger' }]);
  });
});
