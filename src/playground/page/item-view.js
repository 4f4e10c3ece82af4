import { make, pretty } from './dom.js';
import { GrowingText } from './growing-text.js';

/** One output item on the page: its element, and the text in it that deltas add to. */
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
export function textOf(item) {
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
