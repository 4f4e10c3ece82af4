import { isDeepStrictEqual } from 'node:util';
import { checkEventFields, isKnownEvent } from './event-rules.js';
import { checkFinalItem, type ItemRuleOptions, type Report } from './item-rules.js';
import { ItemTracker } from './item-tracker.js';
import { arrayOf, isRecord, isString, overTheWire, recordOf, show, type Json } from './json.js';
import { validateEvent, validateResponse } from './published-schema.js';
import {
  CHANGING_FIELDS,
  checkFinishedResponse,
  checkStartedResponse,
  FAILURE_CODES,
} from './response-rules.js';

export { foldStream, normaliseIds } from './fold-stream.js';
export { FAILURE_CODES, INCOMPLETE_REASONS } from './response-rules.js';

export interface LifecycleOptions extends ItemRuleOptions {
  /** Skip `{type: "keepalive"}` events, which Codex gets. One that carries a sequence number takes part in the count. */
  allowKeepalive?: boolean;
  /** Accept `response.queued` between created and in_progress. */
  allowQueued?: boolean;
  /** Accept that the response could not be stored, as it says at its end. */
  allowUnstored?: boolean;
  /** The client left early: no terminal event is asked for. */
  partial?: boolean;
  /** Set to false to leave the published schema out. */
  schema?: boolean;
}

export interface ResponseOptions extends ItemRuleOptions {
  /** Accept status `failed`; an answer to a request never has it, a stored response may. */
  allowFailed?: boolean;
  /** Set to false to leave the published schema out. */
  schema?: boolean;
}

const TERMINAL: Readonly<Record<string, string>> = {
  'response.completed': 'completed',
  'response.incomplete': 'incomplete',
  'response.failed': 'failed',
};

/**
 * Holds a whole streamed answer to everything that must always hold of one, the published schema included.
 * @throws Error that lists every violation with the index of its event.
 */
export function checkLifecycle(events: readonly unknown[], options: LifecycleOptions = {}): void {
  const oracle = new Oracle(options);
  for (const event of events) oracle.take(overTheWire(event));
  oracle.finish();
  throwIfAny(oracle.violations, 'event stream');
}

/**
 * Holds a whole response object, as an answer that is not streamed brings it, to the same rules.
 * @throws Error that lists every violation.
 */
export function checkResponse(response: unknown, options: ResponseOptions = {}): void {
  const violations: string[] = [];
  const report: Report = (violation) => violations.push(violation);
  const object = recordOf(overTheWire(response));
  if (!isRecord(response)) report(`the answer is not an object: ${show(response)}`);
  checkFinishedResponse(object, report);
  if (object.status === 'failed' && options.allowFailed !== true) report('a failure must be an HTTP error');
  const items = arrayOf(object.output).map(recordOf);
  for (const item of items) checkFinalItem(item, report, options);
  reportRepeated(
    items.map(({ id }) => id),
    'item id',
    report,
  );
  reportRepeated(
    items.map(({ call_id: id }) => id),
    'call_id',
    report,
  );
  if (options.schema !== false)
    for (const error of validateResponse(object)) report(`published schema: ${error}`);
  throwIfAny(violations, 'response');
}

class Oracle {
  readonly violations: string[] = [];
  private index = -1;
  private label = '';
  /** Events without the keepalives. */
  private count = 0;
  private sequence = 0;
  private created: Json | undefined;
  private isInProgress = false;
  private error: Json | undefined;
  private terminal: string | undefined;
  private readonly items: ItemTracker[] = [];
  private readonly report: Report = (violation) => {
    this.violations.push(`#${this.index} ${this.label}: ${violation}`);
  };

  constructor(private readonly options: LifecycleOptions) {}

  take(event: unknown): void {
    this.index += 1;
    const type = recordOf(event).type;
    this.label = isString(type) ? type : show(event);
    if (this.terminal !== undefined) this.report(`follows the terminal event ${this.terminal}`);
    if (!isRecord(event) || !isString(type)) this.report('is not an object with a type');
    else if (type === 'keepalive' && this.options.allowKeepalive === true) this.takeKeepalive(event);
    else this.takeEvent(event, type);
  }

  finish(): void {
    this.index += 1;
    this.label = 'end of the stream';
    if (this.options.partial === true) return;
    if (this.terminal === undefined) this.report('there was no terminal event');
  }

  private takeKeepalive(event: Json): void {
    if ('sequence_number' in event) this.takeSequence(event);
  }

  private takeSequence(event: Json): void {
    const { sequence_number: number } = event;
    if (number !== this.sequence) this.report(`sequence_number is ${show(number)}, not ${this.sequence}`);
    this.sequence += 1;
  }

  private takeEvent(event: Json, type: string): void {
    this.takeSequence(event);
    this.count += 1;
    if (!isKnownEvent(type)) {
      this.report('is not a known event type');
      return;
    }
    checkEventFields(event, this.report);
    if (this.options.schema !== false) {
      for (const error of validateEvent(event)) this.report(`published schema: ${error}`);
    }
    const open = this.items.at(-1);
    if (open?.awaitsOutput && recordOf(event.item).type !== 'tool_search_output')
      this.report('stands where what a search has found is to come');
    if (open?.isExclusive && idOf(event) !== open.item.id)
      this.report(`comes between the events of item ${show(open.item.id)}`);
    if (this.error && type !== 'response.failed')
      this.report('an error event must be followed by response.failed');
    if (this.count === 1 && type !== 'response.created')
      this.report('the first event must be response.created');
    this.dispatch(event, type);
  }

  private dispatch(event: Json, type: string): void {
    const isStart =
      type === 'response.created' || type === 'response.queued' || type === 'response.in_progress';
    if (isStart) this.takeStart(event, type);
    else if (!this.isInProgress) this.report('comes before response.in_progress');
    if (isStart) return;
    if (type in TERMINAL) this.takeTerminal(event, type);
    else if (type === 'error') this.takeError(event);
    else if (type === 'response.output_item.added') this.takeAdded(event);
    else this.takeItemEvent(event);
  }

  private takeStart(event: Json, type: string): void {
    const response = recordOf(event.response);
    if (type === 'response.created') {
      if (this.count !== 1) this.report('must be the first event and come once');
      const isQueued = this.options.allowQueued === true && response.status === 'queued';
      checkStartedResponse(response, isQueued ? 'queued' : 'in_progress', this.report);
      this.created ??= response;
      return;
    }
    this.compareWithCreated(response);
    if (type === 'response.queued') {
      if (this.options.allowQueued !== true || this.isInProgress) this.report('is not expected here');
      checkStartedResponse(response, 'queued', this.report);
      return;
    }
    if (this.isInProgress) this.report('must come once');
    if (this.count !== 2 && this.options.allowQueued !== true) this.report('must be the second event');
    checkStartedResponse(response, 'in_progress', this.report);
    this.isInProgress = true;
  }

  private takeAdded(event: Json): void {
    const item = recordOf(event.item);
    const expected = this.items.length;
    if (event.output_index !== expected)
      this.report(`output_index is ${show(event.output_index)}, not ${expected}`);
    for (const field of ['id', 'call_id']) {
      const isTaken = isString(item[field]) && this.items.some((other) => other.item[field] === item[field]);
      if (isTaken) this.report(`${field} ${show(item[field])} is used by two items`);
    }
    this.items.push(new ItemTracker(item, expected, this.report));
  }

  private takeItemEvent(event: Json): void {
    // Commands of a shell name no item.
    const place = this.items[Number(event.output_index)]?.item.id;
    const id = idOf(event) ?? place;
    const tracker = this.items.find(({ item }) => item.id === id);
    if (!tracker) {
      this.report(`for item ${show(id)}, which was not added`);
      return;
    }
    if (event.output_index !== tracker.outputIndex) {
      this.report(
        `output_index is ${show(event.output_index)}, that of item ${show(id)} is ${tracker.outputIndex}`,
      );
    }
    tracker.take(event, this.report, this.options);
  }

  private takeError(event: Json): void {
    const { code, message, param } = event;
    const nested = recordOf(event.error);
    if (this.error) this.report('a second error event');
    if (!isString(code) || !FAILURE_CODES.includes(code))
      this.report(`code is ${show(code)}, not of the closed list`);
    if (!isString(nested.type) || nested.type === '') this.report(`error.type is ${show(nested.type)}`);
    if (!isDeepStrictEqual([nested.code, nested.message, nested.param], [code, message, param])) {
      this.report('the flat and the nested error differ');
    }
    this.error = event;
  }

  private takeTerminal(event: Json, type: string): void {
    const response = recordOf(event.response);
    this.terminal = type;
    const isCancelled = type === 'response.incomplete' && response.status === 'cancelled';
    if (response.status !== TERMINAL[type] && !isCancelled)
      this.report(`response.status is ${show(response.status)}`);
    this.compareWithCreated(response);
    checkFinishedResponse(response, this.report);
    for (const { item, done } of this.items) if (!done) this.report(`item ${show(item.id)} was never done`);
    this.compareOutput(arrayOf(response.output));
    if (type === 'response.failed') this.compareWithError(recordOf(response.error));
  }

  private compareOutput(output: unknown[]): void {
    if (output.length !== this.items.length)
      this.report(`output has ${output.length} items, ${this.items.length} were streamed`);
    for (const [index, { done }] of this.items.entries()) {
      if (done && !isDeepStrictEqual(output[index], done)) {
        this.report(`output[${index}] is ${show(output[index])}, its done event had ${show(done)}`);
      }
    }
  }

  private compareWithError(failure: Json): void {
    if (!this.error) this.report('must directly follow an error event');
    else if (failure.code !== this.error.code || failure.message !== this.error.message) {
      this.report(
        `error is ${show(failure)}, the error event had ${show([this.error.code, this.error.message])}`,
      );
    }
  }

  private compareWithCreated(response: Json): void {
    const { created } = this;
    if (!created) return;
    for (const key of new Set([...Object.keys(created), ...Object.keys(response)])) {
      if (CHANGING_FIELDS.has(key) || isDeepStrictEqual(created[key], response[key])) continue;
      if (
        this.options.allowUnstored &&
        key === 'store' &&
        created.store === true &&
        response.store === false
      ) {
        continue;
      }
      this.report(`response.${key} was ${show(created[key])} and is ${show(response[key])}`);
    }
  }
}

/** Of the item that an event belongs to. */
function idOf(event: Json): unknown {
  return event.item_id ?? recordOf(event.item).id;
}

function reportRepeated(values: unknown[], what: string, report: Report): void {
  const given = values.filter((value) => value !== undefined && value !== null);
  if (new Set(given).size !== given.length) report(`a repeated ${what}: ${show(given)}`);
}

function throwIfAny(violations: string[], what: string): void {
  if (violations.length === 0) return;
  const count = violations.length === 1 ? '1 violation' : `${violations.length} violations`;
  throw new Error(`The ${what} breaks the contract (${count}):\n  ${violations.join('\n  ')}`);
}
