import { make, pretty } from './dom.js';
import { isToolCall } from './history.js';
import { SAMPLE_OUTPUT } from './samples.js';

/** A block of text is laid out anew with each delta: a long text stands in several. */
const LONG_BLOCK = 2_000;

/** Text that grows. What is added is drawn with the next `draw`. */
class GrowingText {
  #waiting = '';
  #node;
  hasText = false;

  constructor(className) {
    this.element = make('div', { className });
  }

  add(text) {
    this.#waiting += text;
    this.hasText ||= text !== '';
  }

  set(text) {
    this.element.replaceChildren();
    this.#node = undefined;
    this.#waiting = text;
  }

  draw() {
    if (this.#waiting === '') return;
    // Models begin with the empty lines that stood behind their reasoning.
    const text = this.#node ? this.#waiting : this.#waiting.trimStart();
    this.#waiting = '';
    const isLong = (this.#node?.length ?? 0) > LONG_BLOCK;
    const lineEnd = isLong ? text.indexOf('\n') : -1;
    if (!this.#node || lineEnd >= 0) {
      this.#node?.appendData(text.slice(0, lineEnd));
      this.#node = new Text(text.slice(lineEnd + 1));
      this.element.append(make('div', {}, this.#node));
    } else {
      this.#node.appendData(text);
    }
  }
}

/** One output item on the page: its element, and the text in it that deltas add to. */
function makeItem(item) {
  switch (item.type) {
    case 'message': {
      const text = new GrowingText('text');
      return { element: make('div', { className: 'message' }, text.element), text };
    }
    case 'reasoning': {
      const text = new GrowingText('text');
      const summary = make('summary', { textContent: 'Reasoning' });
      return {
        element: make('details', { className: 'reasoning', open: true }, summary, text.element),
        text,
      };
    }
    case 'function_call':
    case 'custom_tool_call': {
      const text = new GrowingText('code');
      const title = make('header', {}, make('span', { className: 'badge', textContent: 'Tool call' }));
      title.append(
        make('code', { textContent: item.name }),
        make('code', { className: 'id', textContent: item.call_id }),
      );
      return { element: make('section', { className: 'call' }, title, text.element), text };
    }
    default: {
      const text = new GrowingText('code');
      const title = make('header', {}, make('code', { textContent: item.type }));
      return { element: make('section', { className: 'call' }, title, text.element), text };
    }
  }
}

/** The whole text of an item, for what came without deltas; of arguments in a readable form. */
function textOf(item) {
  switch (item.type) {
    case 'message':
      return item.content.map((part) => part.text ?? part.refusal ?? '').join('\n\n');
    case 'reasoning':
      return [...(item.summary ?? []), ...(item.content ?? [])].map(({ text }) => text).join('\n\n');
    case 'function_call':
      return readable(item.arguments);
    case 'custom_tool_call':
      return item.input;
    default:
      return pretty(item);
  }
}

function readable(json) {
  try {
    return pretty(JSON.parse(json));
  } catch {
    return json;
  }
}

/** The answer of the model on the page: items, tool calls to answer, errors and notes. */
export class TurnView {
  element = make('article', { className: 'turn', ariaLabel: 'Answer', ariaBusy: 'true' });
  #items = new Map();

  /** Takes in an event of the stream. */
  take(event) {
    const { type, output_index: index, item, delta } = event;
    if (type === 'response.output_item.added') this.#item(index, item);
    else if (type === 'response.output_item.done') this.finishItem(index, item);
    else if (type === 'response.reasoning_summary_part.added' && event.summary_index > 0)
      this.#items.get(index)?.text.add('\n\n');
    else if (type.endsWith('.delta') && typeof delta === 'string') this.#items.get(index)?.text.add(delta);
  }

  /** Shows an item that is complete. */
  finishItem(index, item) {
    const { text } = this.#item(index, item);
    if (item.type === 'function_call' || !text.hasText) text.set(textOf(item));
  }

  /**
   * Puts a field under each call.
   *
   * @param {object[]} calls of this turn
   * @param {() => void} send
   * @returns {{ outputs(): Map<object, string>, lock(): void }} the outputs by call; `lock` is for when they are sent
   */
  askForOutputs(calls, send) {
    const fields = calls.map((call) => {
      const id = `output-${call.call_id}`;
      const field = make('textarea', { id, value: SAMPLE_OUTPUT, rows: 2, spellcheck: false });
      const label = make('label', { htmlFor: id, textContent: `Output of ${call.name}` });
      const { element } = [...this.#items.values()].find(({ callId }) => callId === call.call_id);
      element.append(make('div', { className: 'output' }, label, field));
      return { call, field };
    });
    const button = make('button', {
      type: 'button',
      className: 'secondary',
      textContent: calls.length > 1 ? `Send ${calls.length} outputs` : 'Send output',
      onclick: send,
    });
    fields.at(-1).field.after(button);
    return {
      outputs: () => new Map(fields.map(({ call, field }) => [call, field.value])),
      lock: () => {
        button.remove();
        for (const { field } of fields) field.readOnly = true;
      },
    };
  }

  /** @param {{ title: string, message: string, facts: [string, string][] }} failure @param {...Node} actions */
  showFailure({ title, message, facts }, ...actions) {
    const list = make('dl');
    for (const [name, value] of facts) {
      list.append(make('dt', { textContent: name }), make('dd', { textContent: value }));
    }
    this.element.append(
      make(
        'section',
        { className: 'failure', role: 'alert' },
        make('strong', { textContent: title }),
        make('p', { textContent: message }),
        ...(facts.length > 0 ? [list] : []),
        ...actions,
      ),
    );
  }

  showNote(textContent) {
    this.element.append(make('p', { className: 'note', textContent }));
  }

  draw() {
    for (const { text } of this.#items.values()) text.draw();
  }

  #item(index, item) {
    let shown = this.#items.get(index);
    if (!shown) {
      shown = { ...makeItem(item), callId: isToolCall(item) ? item.call_id : undefined };
      this.#items.set(index, shown);
      this.element.append(shown.element);
    }
    return shown;
  }
}

/** What the user has sent. @param {string[]} images data URLs */
export function makeUserTurn(text, images) {
  const pictures = images.map((src, index) => make('img', { src, alt: `Image ${index + 1}` }));
  return make(
    'article',
    { className: 'user', ariaLabel: 'You' },
    ...(pictures.length > 0 ? [make('div', { className: 'pictures' }, ...pictures)] : []),
    ...(text ? [make('p', { textContent: text })] : []),
  );
}
