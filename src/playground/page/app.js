import { askForAnswers } from './ask-for-answers.js';
import { buildRequest, SettingError } from './build-request.js';
import { createResponse, GatewayFailure } from './call-gateway.js';
import { drawCode, startCopying } from './code-panel.js';
import { describeFailure } from './describe-failure.js';
import { byId, keepAtEnd, make, oncePerFrame, pretty } from './dom.js';
import { clearEvents, drawEvents } from './event-list.js';
import { drawFigures } from './figures.js';
import { History, isApprovalRequest, isToolCall, userMessage } from './history.js';
import { acceptImages, currentImages, showImages, takeImages } from './images.js';
import { Meter } from './meter.js';
import { EXAMPLES, SAMPLE_MESSAGE } from './samples.js';
import { readAnswer } from './read-answer.js';
import {
  applySettings,
  openSettings,
  readKey,
  readSettings,
  showProblem,
  startSettings,
} from './settings.js';
import { activateTabs } from './tabs.js';
import { makeUserTurn, TurnView } from './turn-view.js';

/** How often the time is drawn while nothing comes. */
const CLOCK_MS = 100;

const message = byId('message');
const turns = byId('turns');
const history = new History();

/** The request that runs, or the last one: its meter, view, response and, while it runs, its AbortController. */
let current;
/** What the last answer waits for: outputs of calls, approvals. */
let asked;
/** The input of the last request. */
let lastInput;

const draw = oncePerFrame(drawNow);
const drawCodeSoon = oncePerFrame(() => drawCode(() => buildRequest(readSettings(), inputToShow())));

function drawNow() {
  if (!current) return;
  const { view, meter, sentAt, response } = current;
  keepAtEnd(turns, () => view.draw());
  drawEvents();
  drawFigures(meter, performance.now() - sentAt, response?.usage);
}

function messageItems() {
  const text = message.value.trim();
  const images = currentImages();
  return text || images.length > 0 ? [userMessage(text, images)] : [];
}

/** What would be sent now, or was last. */
function inputToShow() {
  const items = [...openAnswers(), ...messageItems()];
  return items.length > 0 ? history.inputWith(items) : (lastInput ?? [userMessage(SAMPLE_MESSAGE, [])]);
}

const openAnswers = () => asked?.answers() ?? [];
const isRunning = () => current?.abort !== undefined;

/** Sends what the last answer waits for and, unless it is empty, the message. Nothing is approved or denied by the way. */
function submit() {
  const items = messageItems();
  if (isRunning() || (items.length === 0 && !asked)) return;
  const undecided = asked?.firstUndecided();
  if (undecided) {
    undecided.focus();
    return;
  }
  const sent = [...openAnswers(), ...items];
  const input = history.inputWith(sent);
  let body;
  try {
    body = buildRequest(readSettings(), input);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    openSettings();
    showProblem(error.field, error.message);
    return;
  }
  lastInput = input;
  const composed = { text: message.value, images: takeImages() };
  message.value = '';
  byId('welcome').hidden = true;
  if (items.length > 0) turns.append(makeUserTurn(composed.text.trim(), composed.images));
  void run(body, sent, composed);
}

/** Runs one request. What fails or is stopped does not become part of the conversation, and can be sent again. */
async function run(body, sent, composed) {
  const abort = new AbortController();
  const view = new TurnView();
  const now = { view, meter: new Meter(), sentAt: performance.now(), abort };
  current = now;
  turns.append(view.element);
  turns.scrollTop = turns.scrollHeight;
  clearEvents();
  byId('response').textContent = 'None yet.';
  showRunning(true);
  const clock = setInterval(draw, CLOCK_MS);
  let status;
  try {
    await readAnswer(now, createResponse(body, readKey(), abort.signal), draw);
    status = settle(now, sent);
  } catch (error) {
    const isStopped = error.name === 'AbortError';
    status = isStopped ? 'Stopped' : 'Failed';
    if (isStopped) view.showNote('Stopped. This turn is not part of the conversation.');
    else showFailure(view, error);
    if (!message.value && currentImages().length === 0) {
      message.value = composed.text;
      showImages(composed.images);
    }
  }
  clearInterval(clock);
  now.abort = undefined;
  now.meter.finish(performance.now() - now.sentAt, now.response?.usage?.output_tokens);
  view.element.ariaBusy = 'false';
  if (now.response) byId('response').textContent = pretty(now.response);
  showRunning(false);
  drawNow();
  drawCodeSoon();
  showStatus(status);
}

/** Takes a whole answer into the conversation, and asks for what it waits for. @returns {string} how it ended */
function settle({ response, view }, sent) {
  if (response.status === 'failed') throw new GatewayFailure({ status: 200, ...response.error });
  asked?.lock();
  history.add(sent, response.output);
  const open = response.output.filter((item) => isToolCall(item) || isApprovalRequest(item));
  asked =
    open.length > 0
      ? askForAnswers(open, (id) => view.elementOf(id), { send: submit, changed: drawCodeSoon, isRunning })
      : undefined;
  if (response.status === 'incomplete') view.showNote(`Cut short: ${response.incomplete_details?.reason}`);
  if (asked) return open.some(isApprovalRequest) ? 'Waits for approval' : 'Waits for tool output';
  return response.status === 'incomplete' ? 'Incomplete' : 'Completed';
}

function showFailure(view, error) {
  const { wantsKey, ...failure } = describeFailure(error, readKey() !== '');
  const enterKey = make('button', {
    type: 'button',
    className: 'secondary',
    textContent: 'Enter a key',
    onclick: () => {
      openSettings();
      byId('key').focus();
    },
  });
  view.showFailure(failure, ...(wantsKey ? [enterKey] : []));
}

function showRunning(runs) {
  const [shown, gone] = runs ? [byId('stop'), byId('send')] : [byId('send'), byId('stop')];
  const hadFocus = document.activeElement === gone;
  shown.hidden = false;
  gone.hidden = true;
  // Or the next press of the Tab key would begin at the top of the page.
  if (hadFocus || document.activeElement === document.body) shown.focus();
  byId('clear').disabled = runs;
  if (runs) showStatus('Running');
}

function showStatus(text) {
  const status = byId('status');
  status.textContent = text;
  status.dataset.state = text.split(' ')[0].toLowerCase();
}

function clear() {
  history.clear();
  current = undefined;
  asked = undefined;
  lastInput = undefined;
  for (const turn of turns.querySelectorAll('article')) turn.remove();
  byId('welcome').hidden = false;
  byId('clear').disabled = true;
  byId('response').textContent = 'None yet.';
  clearEvents();
  drawFigures(undefined, 0, undefined);
  drawCodeSoon();
  showStatus('Ready');
  message.focus();
}

function offerExamples() {
  const buttons = EXAMPLES.map((example) =>
    make('button', {
      type: 'button',
      textContent: example.label,
      onclick: () => {
        applySettings(example.settings);
        message.value = example.message;
        message.focus();
        drawCodeSoon();
      },
    }),
  );
  byId('examples').append(...buttons);
}

byId('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  submit();
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  submit();
});
byId('stop').addEventListener('click', () => current?.abort?.abort());
byId('clear').addEventListener('click', clear);
byId('attach').addEventListener('click', () => byId('picker').click());
byId('hide-deltas').addEventListener('change', ({ target }) => {
  byId('events').classList.toggle('without-deltas', target.checked);
});
byId('conversation').addEventListener('input', drawCodeSoon);
acceptImages(byId('composer'), byId('picker'), drawCodeSoon);
activateTabs(byId('tabs'), drawCodeSoon);
startCopying(drawCodeSoon);
startSettings(drawCodeSoon);
offerExamples();
clearEvents();
drawCodeSoon();
