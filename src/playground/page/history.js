const OUTPUT_TYPES = {
  function_call: 'function_call_output',
  custom_tool_call: 'custom_tool_call_output',
};

/** What the model is told of the conversation so far: only turns that were answered. */
export class History {
  #items = [];

  /** @returns {object[]} the input of the next request */
  inputWith(items) {
    return [...this.#items, ...items];
  }

  /** Adds a turn: what was sent, and what came back. */
  add(sent, output) {
    this.#items.push(...sent, ...output);
  }

  clear() {
    this.#items = [];
  }
}

/** Whether an output item is a call that the client has to answer. */
export function isToolCall({ type }) {
  return type in OUTPUT_TYPES;
}

/** Whether an output item is a call of the gateway's that the client has to allow first. */
export function isApprovalRequest({ type }) {
  return type === 'mcp_approval_request';
}

/** The input item that answers a request for approval. */
export function answerApproval({ id }, approve) {
  return { type: 'mcp_approval_response', approval_request_id: id, approve };
}

/** The input item that answers a call. */
export function outputOf({ type, call_id }, output) {
  return { type: OUTPUT_TYPES[type], call_id, output };
}

/**
 * @param {string} text
 * @param {string[]} images data URLs
 */
export function userMessage(text, images) {
  return {
    type: 'message',
    role: 'user',
    content: [
      ...(text ? [{ type: 'input_text', text }] : []),
      ...images.map((image_url) => ({ type: 'input_image', image_url, detail: 'auto' })),
    ],
  };
}
