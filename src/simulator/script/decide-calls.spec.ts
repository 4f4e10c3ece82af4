import { seededRandom } from './seeded-random.js';
import type { ChatRequest, ToolChoice } from '../chat-request.js';
import { decideCalls } from './decide-calls.js';

const tools = ['search', 'search_docs', 'apply', 'mcp__files.read'].map((name) => ({
  name,
  parameters: { properties: { query: { type: 'string' } } },
}));

function names(question: string, toolChoice: ToolChoice = { mode: 'auto' }): string[] {
  const request = { tools, toolChoice } as unknown as ChatRequest;
  return decideCalls(request, question, seededRandom(1)).map(({ name }) => name);
}

describe('decideCalls', () => {
  it.each([
    ['Call the search tool with query x', ['search']],
    ['use search_docs', ['search_docs']],
    ['Run `mcp__files.read` with query x.', ['mcp__files.read']],
    ['Call the search tool with query apply and the apply tool', ['search', 'apply']],
    ['Call the search tool with query a and the search tool with query b', ['search', 'search']],
    ['Do not call the search tool', []],
    ['search for the word tool', []],
    ['Call me later', []],
  ])('should take from %j the calls %j', (question, expected) => {
    expect(names(question)).toEqual(expected);
  });

  it('should call what the choice forces, and nothing it excludes', () => {
    expect(names('hello', { mode: 'required' })).toEqual(['search']);
    expect(names('hello', { mode: 'required', names: ['apply'] })).toEqual(['apply']);
    expect(names('Call the search tool', { mode: 'auto', names: ['apply'] })).toEqual([]);
  });
});
