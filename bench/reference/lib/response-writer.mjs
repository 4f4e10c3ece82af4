import { buildResponse, createId } from './translate.mjs';

const TEXT_DELTA = 'response.output_text.delta';

/** Makes the SSE frames of one streamed response out of chat chunks. */
export class ResponseWriter {
  #body;
  #id = createId('resp_');
  #createdAt = Math.floor(Date.now() / 1000);
  #sequence = 0;
  #frames = '';
  #output = [];
  /** The item that is being written: a message, reasoning or call; null between items. */
  #item = null;
  #text = '';
  #usage = null;
  #isFinished = false;
  #deltaHead = '';
  #deltaMiddle = '';

  constructor(body) {
    this.#body = body;
  }

  /** The frames since the last time. */
  take() {
    const frames = this.#frames;
    this.#frames = '';
    return frames;
  }

  begin() {
    const response = this.#response('in_progress');
    this.#emit('response.created', { response });
    this.#emit('response.in_progress', { response });
  }

  writeChunk(chunk) {
    if (chunk.usage) this.#usage = chunk.usage;
    const delta = chunk.choices[0]?.delta;
    if (!delta) return;
    if (delta.content) this.#writeText(delta.content);
    if (delta.reasoning_content) this.#writeReasoning(delta.reasoning_content);
    if (delta.tool_calls) for (const call of delta.tool_calls) this.#writeCall(call);
  }

  finish() {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#closeItem();
    this.#emit('response.completed', { response: this.#response('completed') });
    this.#frames += 'data: [DONE]\n\n';
  }

  #response(status) {
    const output = status === 'completed' ? this.#output : [];
    return buildResponse(this.#body, {
      id: this.#id,
      createdAt: this.#createdAt,
      status,
      output,
      usage: this.#usage,
    });
  }

  get #index() {
    return this.#output.length - 1;
  }

  #emit(type, fields) {
    const event = { type, sequence_number: this.#sequence++, ...fields };
    this.#frames += `event: ${type}\ndata: ${JSON.stringify(event)}\n\n`;
  }

  #openItem(item) {
    this.#closeItem();
    this.#item = item;
    this.#text = '';
    this.#output.push(item);
    this.#emit('response.output_item.added', { output_index: this.#index, item });
  }

  #writeText(text) {
    if (this.#item?.type !== 'message') this.#openMessage();
    this.#text += text;
    this.#frames += `${this.#deltaHead}${this.#sequence++}${this.#deltaMiddle}${JSON.stringify(text)},"logprobs":[]}\n\n`;
  }

  #openMessage() {
    this.#openItem({
      id: createId('msg_'),
      type: 'message',
      status: 'in_progress',
      role: 'assistant',
      content: [],
    });
    const part = { type: 'output_text', text: '', annotations: [], logprobs: [] };
    this.#emit('response.content_part.added', {
      item_id: this.#item.id,
      output_index: this.#index,
      content_index: 0,
      part,
    });
    this.#deltaHead = `event: ${TEXT_DELTA}\ndata: {"type":"${TEXT_DELTA}","sequence_number":`;
    this.#deltaMiddle = `,"item_id":"${this.#item.id}","output_index":${this.#index},"content_index":0,"delta":`;
  }

  #writeReasoning(text) {
    if (this.#item?.type !== 'reasoning') {
      this.#openItem({ id: createId('rs_'), type: 'reasoning', status: 'in_progress', summary: [] });
      const part = { type: 'summary_text', text: '' };
      this.#emit('response.reasoning_summary_part.added', {
        item_id: this.#item.id,
        output_index: this.#index,
        summary_index: 0,
        part,
      });
    }
    this.#text += text;
    this.#emit('response.reasoning_summary_text.delta', {
      item_id: this.#item.id,
      output_index: this.#index,
      summary_index: 0,
      delta: text,
    });
  }

  #writeCall({ id, function: { name, arguments: fragment } }) {
    if (name) {
      this.#openItem({
        id: createId('fc_'),
        type: 'function_call',
        status: 'in_progress',
        call_id: id,
        name,
        arguments: '',
      });
    }
    if (!fragment) return;
    this.#text += fragment;
    this.#emit('response.function_call_arguments.delta', {
      item_id: this.#item.id,
      output_index: this.#index,
      delta: fragment,
    });
  }

  #closeItem() {
    const item = this.#item;
    if (item === null) return;
    this.#closeContent(item);
    item.status = 'completed';
    this.#emit('response.output_item.done', { output_index: this.#index, item });
    this.#item = null;
  }

  #closeContent(item) {
    const text = this.#text;
    if (item.type === 'message') {
      const part = { type: 'output_text', text, annotations: [], logprobs: [] };
      this.#emit('response.output_text.done', {
        item_id: this.#item.id,
        output_index: this.#index,
        content_index: 0,
        text,
        logprobs: [],
      });
      this.#emit('response.content_part.done', {
        item_id: this.#item.id,
        output_index: this.#index,
        content_index: 0,
        part,
      });
      item.content = [part];
    } else if (item.type === 'reasoning') {
      const part = { type: 'summary_text', text };
      this.#emit('response.reasoning_summary_text.done', {
        item_id: this.#item.id,
        output_index: this.#index,
        summary_index: 0,
        text,
      });
      this.#emit('response.reasoning_summary_part.done', {
        item_id: this.#item.id,
        output_index: this.#index,
        summary_index: 0,
        part,
      });
      item.summary = [part];
    } else {
      item.arguments = text;
      this.#emit('response.function_call_arguments.done', {
        item_id: this.#item.id,
        output_index: this.#index,
        arguments: text,
      });
    }
  }
}
