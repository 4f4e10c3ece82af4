import { make } from './dom.js';
import { makeItem, textOf } from './item-view.js';
import { SAMPLE_OUTPUT } from './samples.js';

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
      shown = { ...makeItem(item), callId: item.call_id };
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
