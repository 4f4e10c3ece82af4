import { SettingError } from './build-request.js';
import { byId, copyText } from './dom.js';
import { makeSnippet } from './make-snippet.js';

/** Images as data are longer than anybody reads; what is copied has them whole. */
const LONG_DATA = /(data:[\w/+.-]+;base64,[\w+/]{24})[\w+/=]{40,}/g;
const COPIED_MS = 1_500;

let source = '';

/** @param {() => object} request the body that would be sent now; it may throw a SettingError */
export function drawCode(request) {
  if (byId('code-panel').hidden) return;
  const { value: language } = document.querySelector('[name=language]:checked');
  try {
    source = makeSnippet(language, new URL('v1', document.baseURI).href, request());
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    source = error.message;
  }
  byId('code').textContent = source.replace(LONG_DATA, '$1…');
}

/** @param {() => void} languageChosen */
export function startCopying(languageChosen) {
  byId('languages').addEventListener('change', languageChosen);
  byId('copy-code').addEventListener('click', ({ target }) => void copy(target, source));
  byId('copy-response').addEventListener(
    'click',
    ({ target }) => void copy(target, byId('response').textContent),
  );
}

async function copy(button, text) {
  await copyText(text);
  button.textContent = 'Copied';
  setTimeout(() => (button.textContent = 'Copy'), COPIED_MS);
}
