import { GatewayFailure } from './call-gateway.js';
import { addEvent } from './event-list.js';

/** After so long without a pause the page is let draw, however many events there still are to read. */
const LONGEST_WORK_MS = 30;
const TERMINAL = /^response\.(completed|incomplete|failed)$/;

/**
 * Reads an answer into the meter, the view, the list of events and, at its end, `now.response`.
 *
 * @param {{ view: object, meter: object, sentAt: number, response?: object, failure?: object }} now the request that runs
 * @param {AsyncIterable<object[]>} answer
 * @param {() => void} draw
 * @throws {GatewayFailure} where it fails on its way, or is not whole
 */
export async function readAnswer(now, answer, draw) {
  let paused = performance.now();
  for await (const events of answer) {
    const time = performance.now();
    for (const event of events) takeEvent(now, event, time - now.sentAt);
    draw();
    if (time - paused > LONGEST_WORK_MS) {
      await new Promise((resolve) => setTimeout(resolve));
      paused = performance.now();
    }
  }
  if (now.failure) throw new GatewayFailure({ status: 200, ...now.failure });
  if (!now.response)
    throw new GatewayFailure({ status: 0, message: 'The stream ended before the answer did.' });
}

function takeEvent(now, event, at) {
  addEvent(event, at);
  if (event.object === 'response') {
    now.response = event;
    for (const [index, item] of event.output.entries()) now.view.finishItem(index, item);
  } else if (event.type === 'error') {
    now.failure = event.error ?? event;
  } else if (TERMINAL.test(event.type)) {
    now.response = event.response;
  } else {
    if (event.type.endsWith('.delta')) now.meter.countDelta(at);
    now.view.take(event);
  }
}
