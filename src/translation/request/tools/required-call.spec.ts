import { functionTool, translate } from '../../../../test/support/translation.js';

const tools = [functionTool('search'), functionTool('read')];
const demand = (tool_choice: unknown) => translate({ tools, tool_choice }).plan.mustCall;

describe('what to tell a model that does not call although it must', () => {
  it.each<[unknown, RegExp]>([
    ['required', /one of the tools/],
    [{ type: 'function', name: 'read' }, /the tool read\b/],
    [
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'read' }] },
      /the tool read now\./,
    ],
  ])('should name what it must call: %j', (choice, text) => {
    expect(demand(choice)).toMatch(text);
  });

  it.each<[unknown]>([
    ['auto'],
    ['none'],
    [null],
    [{ type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'read' }] }],
  ])('should be nothing where it need not: %j', (choice) => {
    expect(demand(choice)).toBeNull();
  });
});
