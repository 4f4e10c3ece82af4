import { resultOf, statusOf, titleOf } from './describe-item.js';
import { make } from './dom.js';
import { GrowingText } from './growing-text.js';

/**
 * One output item on the page.
 *
 * @returns {{ element: HTMLElement, text: GrowingText, finish?: (item: object) => void }} `text` is what deltas add to; `finish`
 * shows how the item has ended
 */
export function makeItem(item) {
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
    default:
      return makeCall(item);
  }
}

function makeCall(item) {
  const { badge, name, id } = titleOf(item);
  const text = new GrowingText('code');
  const status = make('span', { className: 'status', textContent: statusOf(item) });
  const title = make(
    'header',
    {},
    ...(badge ? [make('span', { className: 'badge', textContent: badge })] : []),
    make('code', { textContent: name }),
    status,
    ...(id ? [make('code', { className: 'id', textContent: id })] : []),
  );
  const element = make('section', { className: 'call' }, title, text.element);
  element.dataset.type = item.type;
  const finish = (done) => {
    status.textContent = statusOf(done);
    const result = resultOf(done);
    if (result) element.append(make('div', { className: 'code result', textContent: result }));
  };
  return { element, text, finish };
}
