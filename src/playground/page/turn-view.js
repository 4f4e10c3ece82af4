import { textOf } from './describe-item.js';
import { make } from './dom.js';
import { makeItem } from './item-view.js';

/** The answer of the model on the page: items, errors and notes. */
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
    else if (type === 'response.shell_call_command.added' && event.command_index > 0)
      this.#items.get(index)?.text.add('\n');
    else if (type.endsWith('.delta') && typeof delta === 'string') this.#items.get(index)?.text.add(delta);
  }

  /** Shows an item that is complete. */
  finishItem(index, item) {
    const { text, finish } = this.#item(index, item);
    if (finish || !text.hasText) text.set(textOf(item));
    finish?.(item);
  }

  /** The element of an item, by its id. */
  elementOf(id) {
    return [...this.#items.values()].find((shown) => shown.id === id).element;
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
      shown = { ...makeItem(item), id: item.id };
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
