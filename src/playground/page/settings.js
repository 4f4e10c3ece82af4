import { GatewayFailure, listModels } from './call-gateway.js';
import { byId, make, pretty } from './dom.js';
import { SAMPLE_SCHEMA, SAMPLE_TOOLS } from './samples.js';

const KEY_NAME = 'gateway-key';
/** Switches and the fields that they open. */
const OPENED_BY = { 'use-tools': 'tools-field', 'use-schema': 'schema-field' };

/** Fills the form, and keeps the key in this tab. @param {() => void} changed after each change */
export function startSettings(changed) {
  const key = byId('key');
  key.value = sessionStorage.getItem(KEY_NAME) ?? '';
  key.addEventListener('input', () => sessionStorage.setItem(KEY_NAME, key.value));
  key.addEventListener('change', () => void showModels().then(changed));
  byId('tools').value = pretty(SAMPLE_TOOLS);
  byId('schema').value = pretty(SAMPLE_SCHEMA);
  const settings = byId('settings');
  settings.addEventListener('input', () => {
    openFields();
    for (const field of ['tools', 'schema']) showProblem(field, '');
    changed();
  });
  settings.addEventListener('submit', (event) => event.preventDefault());
  const toggle = byId('toggle-request');
  toggle.addEventListener('click', () => {
    toggle.ariaExpanded = String(settings.classList.toggle('open'));
  });
  openFields();
  void showModels().then(changed);
}

/** What {@link buildRequest} takes. */
export function readSettings() {
  return {
    model: byId('model').value,
    instructions: byId('instructions').value,
    effort: byId('effort').value,
    stream: byId('stream').checked,
    tools: byId('use-tools').checked ? byId('tools').value : undefined,
    schema: byId('use-schema').checked ? byId('schema').value : undefined,
  };
}

export const readKey = () => byId('key').value.trim();

/** Sets what an example needs, and takes back what another has set. @param {Record<string, string | boolean>} values by id */
export function applySettings(values) {
  const all = { 'use-tools': false, 'use-schema': false, effort: '', ...values };
  for (const [id, value] of Object.entries(all)) {
    byId(id)[typeof value === 'boolean' ? 'checked' : 'value'] = value;
  }
  openFields();
}

/** @param {string} field id of its element @param {string} message empty: none */
export function showProblem(field, message) {
  byId(`${field}-problem`).textContent = message;
  byId(field).ariaInvalid = String(message !== '');
  if (message) byId(field).focus();
}

export function openSettings() {
  byId('settings').classList.add('open');
  byId('toggle-request').ariaExpanded = 'true';
}

function openFields() {
  for (const [control, field] of Object.entries(OPENED_BY)) byId(field).hidden = !byId(control).checked;
}

async function showModels() {
  const hint = byId('model-hint');
  try {
    const names = await listModels(readKey());
    const select = byId('model');
    const chosen = select.value;
    select.replaceChildren(...names.map((name) => make('option', { textContent: name })));
    if (names.includes(chosen)) select.value = chosen;
    hint.textContent = names.length === 0 ? 'The model server lists none.' : '';
  } catch (error) {
    hint.textContent = error instanceof GatewayFailure ? `No list: ${error.message}` : 'No list of models.';
  }
}
