import { byId, keepAtEnd, make, pretty } from './dom.js';

/** Rows on the page; older ones make way, or a long answer would slow the page down. */
const MAX_ROWS = 400;

const list = byId('events');
const note = byId('events-note');

let waiting = [];
let count = 0;

export function clearEvents() {
  waiting = [];
  count = 0;
  list.replaceChildren();
  note.textContent = 'Events appear here as they come.';
}

/** @param {number} at milliseconds since the request was sent */
export function addEvent(event, at) {
  count += 1;
  waiting.push({ event, at });
  if (waiting.length > MAX_ROWS) waiting.shift();
}

export function drawEvents() {
  if (waiting.length === 0) return;
  keepAtEnd(list, () => {
    list.append(...waiting.map(makeRow));
    waiting = [];
    while (list.childElementCount > MAX_ROWS) list.firstElementChild.remove();
  });
  const left = count - list.childElementCount;
  note.textContent = left > 0 ? `The last ${MAX_ROWS} of ${count} events` : `${count} events`;
}

function makeRow({ event, at }) {
  const type = event.type ?? event.object;
  const row = make(
    'details',
    { className: 'event' },
    make(
      'summary',
      {},
      make('span', { className: 'time', textContent: `${at.toFixed(at < 100 ? 1 : 0)} ms` }),
      make('span', { className: 'type', textContent: type }),
      make('span', { className: 'preview', textContent: previewOf(event) }),
    ),
  );
  row.dataset.family = familyOf(type);
  row.addEventListener('toggle', () => row.append(make('pre', { textContent: pretty(event) })), {
    once: true,
  });
  return make('li', { className: type.endsWith('.delta') ? 'delta' : '' }, row);
}

/** Which of the colours it has. */
function familyOf(type) {
  if (/^error$|\.failed$/.test(type)) return 'failure';
  if (/reasoning/.test(type)) return 'reasoning';
  if (/arguments|_call|mcp_/.test(type)) return 'tool';
  if (/output_text|refusal|content_part/.test(type)) return 'text';
  return 'lifecycle';
}

function previewOf({ delta, item, response, message }) {
  const text = delta ?? item?.type ?? response?.status ?? message ?? '';
  return text.replaceAll('\n', '↵');
}
