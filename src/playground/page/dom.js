/** @param {string} id of an element of the page */
export const byId = (id) => document.getElementById(id);

/**
 * @param {string} tag
 * @param {object} properties of the element: className, textContent, onclick, …
 * @param {...(Node | string)} children
 */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * Draws at most once a frame, however often it is asked to: a stream may bring thousands of events a second.
 * In a hidden tab there are no frames; a timer takes their place.
 *
 * @param {() => void} draw
 * @returns {() => void} asks for it
 */
export function oncePerFrame(draw) {
  let asked = false;
  const run = () => {
    asked = false;
    draw();
  };
  return () => {
    if (asked) return;
    asked = true;
    if (document.hidden) setTimeout(run, 250);
    else requestAnimationFrame(run);
  };
}

/** Does a change, and keeps a list that is scrolled to its end there. */
export function keepAtEnd(scroller, change) {
  const wasAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
  change();
  if (wasAtEnd) scroller.scrollTop = scroller.scrollHeight;
}

/** Copies a text, also where the page is served without TLS and has no clipboard. */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = make('textarea', { value: text, className: 'visually-hidden' });
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

/** @param {unknown} value */
export const pretty = (value) => JSON.stringify(value, null, 2);
