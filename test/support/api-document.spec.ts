import { apiDocument, validateAs, validateEvent } from './api-document.js';
import { checkAnswer, checkEvent, holdToDocument } from './described-answers.js';
import { arrayOf, type Json, overTheWire, recordOf } from './json.js';
import { finishedResponse, message, sampleStreams, text } from './sample-streams.js';

const GATEWAY = 'http://127.0.0.1:1';
const ANOTHER = 'http://127.0.0.1:2';
const response = finishedResponse('completed', [message('msg_1', text('a'))], 'a');

holdToDocument(GATEWAY);

function take(
  url: string,
  { path = '/v1/responses', ...answer }: { path?: string; status?: number; headers?: Json; body: unknown },
): void {
  const headers = { 'content-type': 'application/json', ...answer.headers };
  checkAnswer('POST', `${url}${path}`, { status: 200, raw: '', ...answer, headers });
}

describe('the document of the API', () => {
  it('should find nothing wrong with the samples', () => {
    for (const event of Object.values(sampleStreams()).flat())
      expect([event, validateEvent(event)]).toEqual([event, []]);
    expect(validateAs('Response', response)).toEqual([]);
  });

  it('should reject any missing field of a response, and any further one', () => {
    const { required } = apiDocument().components.schemas.Response as { required: string[] };
    for (const field of required) {
      const mutant: Json = { ...response };
      Reflect.deleteProperty(mutant, field);
      expect(validateAs('Response', mutant)).toEqual([`(root) must have required property '${field}'`]);
    }
    expect(validateAs('Response', { ...response, mood: 'good' })).toEqual([
      '(root) must NOT have additional properties (mood)',
    ]);
  });

  it('should name what is wrong deep inside of an event', () => {
    const item = message('msg_1', { ...text('a'), annotations: null });
    const event = { type: 'response.output_item.done', sequence_number: 0, output_index: 0, item };
    expect(validateEvent(event)).toEqual(['/item/content/0/annotations must be array']);
    expect(validateEvent({ type: 'response.nothing' })).toEqual(['there is no event response.nothing']);
  });

  it('should reject a field too few or too many in every event', () => {
    const events = new Map(
      Object.values(sampleStreams())
        .flat()
        .map((event) => [event.type, event]),
    );
    for (const event of events.values()) {
      expect(validateEvent({ ...event, mood: 'good' })).not.toEqual([]);
      for (const field of Object.keys(event).filter((name) => name !== 'type')) {
        const mutant = { ...recordOf(event) };
        Reflect.deleteProperty(mutant, field);
        expect([event.type, field, validateEvent(mutant)]).not.toEqual([event.type, field, []]);
      }
    }
  });
});

describe('a request with tools of MCP servers', () => {
  const tool = {
    type: 'mcp',
    server_label: 'world',
    server_url: 'https://world.example/mcp',
    server_description: 'The world.',
    authorization: 'secret',
    headers: { 'x-team': 'a' },
    allowed_tools: { tool_names: ['weather'], read_only: true },
    require_approval: { always: { read_only: false }, never: { tool_names: ['weather'] } },
    defer_loading: true,
    allowed_callers: ['direct'],
  };
  const ofServer = { server_label: 'world', name: 'weather', arguments: '{}' };
  const listed = { name: 'weather', input_schema: {}, annotations: { read_only: true } };
  const input = [
    { type: 'mcp_list_tools', id: 'mcpl_1', server_label: 'world', tools: [listed], error: null },
    { type: 'mcp_call', ...ofServer, id: 'mcp_1', output: 'rain', error: null, approval_request_id: null },
    { type: 'mcp_approval_request', ...ofServer, id: 'mcpr_1' },
    { type: 'mcp_approval_response', approval_request_id: 'mcpr_1', approve: false, reason: 'Not now.' },
  ];
  const request = { model: 'm', input, tools: [tool], tool_choice: { type: 'mcp', server_label: 'world' } };
  const problems = (fields: Json): string[] => validateAs('CreateResponse', { ...request, ...fields });

  it('should be described', () => {
    expect(problems({})).toEqual([]);
    const bare = { type: 'mcp', server_label: 'world', connector_id: 'c', allowed_tools: ['weather'] };
    expect(problems({ tools: [{ ...bare, require_approval: 'never' }] })).toEqual([]);
    const tools = [{ type: 'mcp', server_label: 'world', name: 'weather' }];
    expect(problems({ tool_choice: { type: 'allowed_tools', mode: 'auto', tools } })).toEqual([]);
  });

  it.each<[string, Json]>([
    ['a tool without label', { tools: [{ ...tool, server_label: undefined }] }],
    ['a label with a space', { tools: [{ ...tool, server_label: 'the world' }] }],
    ['a header that is no text', { tools: [{ ...tool, headers: { 'x-team': 1 } }] }],
    ['an unknown filter', { tools: [{ ...tool, allowed_tools: { names: ['weather'] } }] }],
    ['an unknown word for what needs approval', { tools: [{ ...tool, require_approval: 'often' }] }],
    ['a choice of no server', { tool_choice: { type: 'mcp', name: 'weather' } }],
    ['a call of no server', { input: [{ ...input[1], server_label: undefined }] }],
    ['an approval without an answer', { input: [{ ...input[3], approve: undefined }] }],
  ])('should not have %s', (_, fields) => {
    expect(problems(overTheWire(fields) as Json)).not.toEqual([]);
  });

  it('should not be echoed with what only its server may know', () => {
    const echo = recordOf(recordOf(sampleStreams()['a failed list']![0]).response);
    expect(validateAs('Response', echo)).toEqual([]);
    const tools = arrayOf(echo.tools).map((each) => ({ ...recordOf(each), authorization: 'secret' }));
    expect(validateAs('Response', { ...echo, tools: tools.slice(1) })).not.toEqual([]);
  });
});

describe('the answers of a gateway', () => {
  it('should pass as the document has them', () => {
    expect(() => {
      take(GATEWAY, { body: response });
    }).not.toThrow();
    expect(() => {
      take(GATEWAY, { path: '/v1/custom', body: 'anything' });
    }).not.toThrow();
  });

  it('should not pass with another body, header, status or type', () => {
    expect(() => {
      take(GATEWAY, { body: { ...response, id: 1 } });
    }).toThrow('/id must be string');
    expect(() => {
      take(GATEWAY, { body: response, headers: { 'x-gateway-mood': 'good' } });
    }).toThrow('x-gateway-mood');
    expect(() => {
      take(GATEWAY, { body: response, status: 201 });
    }).toThrow('status 201 is not described');
    expect(() => {
      take(GATEWAY, { body: response, headers: { 'content-type': 'text/html' } });
    }).toThrow('text/html');
  });

  it('should not pass as an error without the envelope, whatever the address', () => {
    const error = { message: 'No.', type: 'not_found_error', param: null, code: 'not_found' };
    expect(() => {
      take(GATEWAY, { path: '/nowhere', status: 404, body: { error } });
    }).not.toThrow();
    expect(() => {
      take(GATEWAY, { path: '/nowhere', status: 404, body: error });
    }).toThrow("'error'");
    expect(() => {
      take(GATEWAY, { path: '/nowhere', status: 404, body: { error: { ...error, code: 'lost' } } });
    }).toThrow('/error/code');
  });

  it('should be looked at only where they are those of a gateway', () => {
    expect(() => {
      take(ANOTHER, { body: null });
    }).not.toThrow();
    expect(() => {
      checkEvent(ANOTHER, {});
    }).not.toThrow();
    expect(() => {
      checkEvent(GATEWAY, {});
    }).toThrow('An event');
  });
});
