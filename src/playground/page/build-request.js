/** A setting that cannot be sent; `field` is the id of its element. */
export class SettingError extends Error {
  constructor(field, message) {
    super(message);
    this.field = field;
  }
}

/**
 * The body of POST /v1/responses. Nothing is stored: every request carries the whole conversation.
 *
 * @param {object} settings
 * @param {string} settings.model
 * @param {string} settings.instructions empty: none
 * @param {string} settings.effort of reasoning; empty: the model's own
 * @param {boolean} settings.stream
 * @param {string | undefined} settings.tools JSON text of the list; undefined: no tools
 * @param {string | undefined} settings.schema JSON text of the schema the answer has to fit; undefined: plain text
 * @param {object[]} input items
 * @throws {SettingError} where a JSON text is none
 */
export function buildRequest({ model, instructions, effort, stream, tools, schema }, input) {
  return {
    model,
    ...(instructions.trim() && { instructions }),
    input: shorten(input),
    ...(effort && { reasoning: { effort }, include: ['reasoning.encrypted_content'] }),
    ...(tools !== undefined && { tools: parseTools(tools) }),
    ...(schema !== undefined && {
      text: { format: { type: 'json_schema', name: 'answer', strict: true, schema: parseSchema(schema) } },
    }),
    store: false,
    stream,
  };
}

/** A single text is sent as such. */
function shorten(input) {
  const [{ content } = {}, ...others] = input;
  const isText = others.length === 0 && content?.length === 1 && content[0].type === 'input_text';
  return isText ? content[0].text : input;
}

function parseTools(text) {
  const tools = parseJson('tools', text);
  if (!Array.isArray(tools)) throw new SettingError('tools', 'Tools are a JSON array.');
  return tools;
}

function parseSchema(text) {
  const schema = parseJson('schema', text);
  const isObject = typeof schema === 'object' && schema !== null && !Array.isArray(schema);
  if (!isObject) throw new SettingError('schema', 'A schema is a JSON object.');
  return schema;
}

function parseJson(field, text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SettingError(field, `Not valid JSON: ${error.message}`);
  }
}
