// A tiny MCP server on stdio: one tool that answers with text, one that answers with a picture, one that says nothing about itself.
import { createInterface } from 'node:readline';

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const tools = [
  {
    name: 'echo',
    description: 'Says it again',
    inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  },
  { name: 'shot', description: 'Takes a picture', inputSchema: { type: 'object', properties: {} } },
  { name: 'bare', inputSchema: { type: 'object' } },
];

const methods = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'demo', version: '1.0.0' },
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools }),
  'tools/call': ({ name, arguments: args }) =>
    name === 'echo'
      ? { content: [{ type: 'text', text: `You said: ${args.text}` }] }
      : {
          content: [
            { type: 'text', text: 'Here it is.' },
            { type: 'image', data: PIXEL, mimeType: 'image/png' },
          ],
        },
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const answer = methods[method];
  const result = answer
    ? { result: answer(params ?? {}) }
    : { error: { code: -32601, message: 'Unknown method' } };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...result })}\n`);
});
