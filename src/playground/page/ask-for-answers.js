import { make } from './dom.js';
import { answerApproval, isApprovalRequest, outputOf } from './history.js';
import { SAMPLE_OUTPUT } from './samples.js';

/**
 * Puts a field under each call for the client, and two buttons under each request for approval.
 *
 * @param {object[]} items of an answer that the next turn has to answer; at least one
 * @param {(id: string) => HTMLElement} elementOf an item, by its id
 * @param {{ send: () => void, changed: () => void, isRunning: () => boolean }} page while a request runs nothing is decided
 * @returns {{ answers(): object[], firstUndecided(): HTMLElement | undefined, lock(): void }} `answers` are input items, without
 * those that are not decided; `lock` is for when they are sent
 */
export function askForAnswers(items, elementOf, { send, changed, isRunning }) {
  const requests = items.filter(isApprovalRequest);
  const calls = items.filter((item) => !isApprovalRequest(item));
  const fields = calls.map((call) => askForOutput(call, elementOf(call.id)));
  const button = make('button', {
    type: 'button',
    className: 'secondary',
    textContent: fields.length > 1 ? `Send ${fields.length} outputs` : 'Send output',
    onclick: send,
  });
  fields.at(-1)?.field.after(button);
  const decided = () => {
    changed();
    if (fields.length === 0 && approvals.every(({ answers }) => answers().length > 0)) send();
  };
  const approvals = requests.map((request) =>
    askForApproval(request, elementOf(request.id), decided, isRunning),
  );
  return {
    answers: () => [...fields, ...approvals].flatMap(({ answers }) => answers()),
    firstUndecided: () => approvals.find(({ answers }) => answers().length === 0)?.approve,
    lock: () => {
      button.remove();
      for (const { lock } of [...fields, ...approvals]) lock();
    },
  };
}

function askForOutput(call, element) {
  const id = `output-${call.call_id}`;
  const field = make('textarea', { id, value: SAMPLE_OUTPUT, rows: 2, spellcheck: false });
  const label = make('label', { htmlFor: id, textContent: `Output of ${call.name}` });
  element.append(make('div', { className: 'output' }, label, field));
  return {
    field,
    answers: () => [outputOf(call, field.value)],
    lock: () => (field.readOnly = true),
  };
}

/** Until it is sent, and where sending fails, a decision can be changed. */
function askForApproval(request, element, decided, isRunning) {
  let isApproved;
  const option = (textContent, value) =>
    make('button', {
      type: 'button',
      className: 'secondary',
      textContent,
      ariaPressed: 'false',
      onclick: () => {
        if (isRunning()) return;
        isApproved = value;
        approve.ariaPressed = String(value);
        deny.ariaPressed = String(!value);
        decided();
      },
    });
  const approve = option('Approve', true);
  const deny = option('Deny', false);
  const row = make('div', { className: 'output', role: 'group', ariaLabel: request.name }, approve, deny);
  element.append(row);
  return {
    approve,
    answers: () => (isApproved === undefined ? [] : [answerApproval(request, isApproved)]),
    lock: () => row.replaceChildren(isApproved ? 'Approved' : 'Denied'),
  };
}
