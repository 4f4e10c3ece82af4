import { isDeepStrictEqual } from 'node:util';
import {
  checkAddedItem,
  checkFinalItem,
  checkLogprobs,
  checkPart,
  isOfGatewaySearch,
  PART_TEXT,
  type ItemRuleOptions,
  type Report,
} from './item-rules.js';
import { isCitationOf } from './hosted-rules.js';
import { ItemSteps } from './item-steps.js';
import { arrayOf, isRecord, isString, recordOf, show, type Json } from './json.js';
import { FILLED_BY_SERVER } from './mcp-fields.js';

type PartList = 'content' | 'summary';

interface PartState {
  type: string;
  /** The event family that fills it, fixed by its first event. */
  family?: string;
  text: string;
  logprobs: unknown[];
  annotations: unknown[];
  textDone: boolean;
  /** The part as its done event brought it. */
  done?: unknown;
}

/** Which event family writes which type of part, and where that part lives. */
const TEXT_FAMILIES: Readonly<Record<string, { list: PartList; part: string }>> = {
  'response.output_text': { list: 'content', part: 'output_text' },
  'response.refusal': { list: 'content', part: 'refusal' },
  'response.reasoning_text': { list: 'content', part: 'reasoning_text' },
  'response.reasoning': { list: 'content', part: 'reasoning_text' },
  'response.reasoning_summary_text': { list: 'summary', part: 'summary_text' },
};

const PART_FAMILIES: Readonly<Record<string, PartList>> = {
  'response.content_part': 'content',
  'response.reasoning_summary_part': 'summary',
};

/** Calls: the event family that writes the text, and the field that it ends up in. */
const CALL_FAMILIES: Readonly<Record<string, { item: string; field: string }>> = {
  'response.function_call_arguments': { item: 'function_call', field: 'arguments' },
  'response.custom_tool_call_input': { item: 'custom_tool_call', field: 'input' },
  'response.mcp_call_arguments': { item: 'mcp_call', field: 'arguments' },
  'response.code_interpreter_call_code': { item: 'code_interpreter_call', field: 'code' },
  'response.apply_patch_call_operation_diff': { item: 'apply_patch_call', field: 'diff' },
};

const PARTS_OF: Readonly<Record<string, Partial<Record<PartList, string[]>>>> = {
  message: { content: ['output_text', 'refusal'] },
  reasoning: { content: ['reasoning_text'], summary: ['summary_text'] },
};

/** Fields that may differ between the added and the done item. */
const FILLED_LATER = new Set([
  'status',
  'content',
  'summary',
  'arguments',
  'input',
  'code',
  'action',
  'actions',
  'operation',
  'encrypted_content',
]);

/** Follows one output item from its added event to its done event and holds it to the order of the protocol. */
export class ItemTracker {
  /** The item as its done event brought it. */
  done: Json | undefined;
  private readonly parts: Record<PartList, PartState[]> = { content: [], summary: [] };
  private callText = '';
  private callDone = false;
  private readonly steps: ItemSteps;
  private readonly commands: { text: string; done: boolean }[] = [];

  constructor(
    readonly item: Json,
    readonly outputIndex: number,
    report: Report,
  ) {
    this.steps = new ItemSteps(String(item.type));
    checkAddedItem(item, report);
  }

  /** Whether events of others must wait until this item is done: it is known as a whole when it is added. */
  get isExclusive(): boolean {
    const { type } = this.item;
    const isWhole =
      type === 'mcp_list_tools' || type === 'mcp_approval_request' || isOfGatewaySearch(this.item);
    return !this.done && isWhole;
  }

  /** Whether what it has found must come next. */
  get awaitsOutput(): boolean {
    return this.done !== undefined && this.item.type === 'tool_search_call' && isOfGatewaySearch(this.item);
  }

  /** Takes an event of this item other than its added event. */
  take(event: Json, report: Report, options: ItemRuleOptions): void {
    const type = String(event.type);
    const dot = type.lastIndexOf('.');
    const [family, step] = [type.slice(0, dot), type.slice(dot + 1)];
    if (this.done) {
      report(`for item ${show(this.item.id)}, which is already done`);
      return;
    }
    this.steps.take(type, isRecord(event.item) ? event.item : undefined, report);
    if (family === 'response.output_item') this.takeItemDone(event, report, options);
    else if (PART_FAMILIES[family]) this.takePart(PART_FAMILIES[family], step, event, report);
    else if (TEXT_FAMILIES[family]) this.takeText(family, step, event, report);
    else if (CALL_FAMILIES[family]) this.takeCall(family, step, event, report);
    else if (family === 'response.output_text.annotation') this.takeAnnotation(event, report);
    else if (family === 'response.shell_call_command') this.takeCommand(step, event, report);
    else if (family !== `response.${String(this.item.type)}`) report('is not an event of this item');
  }

  private takePart(list: PartList, step: string, event: Json, report: Report): void {
    const allowed = PARTS_OF[String(this.item.type)]?.[list];
    if (!allowed) report(`an item of type ${show(this.item.type)} has no ${list} parts`);
    checkPart(event.part, allowed ?? [], report);
    if (step === 'added') this.takePartAdded(list, event, report);
    else this.takePartDone(list, event, report);
  }

  private takePartAdded(list: PartList, event: Json, report: Report): void {
    const parts = this.parts[list];
    const part = recordOf(event.part);
    if (parts.some(({ done }) => done === undefined))
      report('a part is added while the one before is not done');
    if (event[`${list}_index`] !== parts.length)
      report(`${list}_index is ${show(event[`${list}_index`])}, not ${parts.length}`);
    const isEmpty =
      textOf(part) === '' && arrayOf(part.annotations).length === 0 && arrayOf(part.logprobs).length === 0;
    if (!isEmpty) report(`an added part is not empty: ${show(part)}`);
    parts.push({ type: String(part.type), text: '', logprobs: [], annotations: [], textDone: false });
  }

  private takePartDone(list: PartList, event: Json, report: Report): void {
    const state = this.openPart(list, event, report);
    if (!state) return;
    const part = recordOf(event.part);
    if (!state.textDone) report('a part is done before its text is');
    if (part.type !== state.type)
      report(`a part was added as ${show(state.type)} and is done as ${show(part.type)}`);
    if (textOf(part) !== state.text)
      report(`text of the done part is ${show(textOf(part))}, its deltas ${show(state.text)}`);
    if (!isDeepStrictEqual(arrayOf(part.logprobs), state.logprobs))
      report("logprobs of the done part are not its deltas'");
    if (!isDeepStrictEqual(arrayOf(part.annotations), state.annotations))
      report(`annotations of the done part are ${show(part.annotations)}, not those that were streamed`);
    if (!state.annotations.every((annotation) => isCitationOf(annotation, state.text)))
      report(`annotations that are not of their text: ${show(state.annotations)}`);
    state.done = part;
  }

  private takeText(family: string, step: string, event: Json, report: Report): void {
    const { list, part } = TEXT_FAMILIES[family]!;
    const state = this.openPart(list, event, report);
    if (!state) return;
    if (state.type !== part) report(`does not belong to a part of type ${show(state.type)}`);
    state.family ??= family;
    if (state.family !== family) report(`in a part that was begun with ${state.family}`);
    if (state.textDone) report('after the text of the part was done');
    if (step === 'delta') addDelta(state, event, report);
    else finishText(state, event, report);
  }

  private takeAnnotation(event: Json, report: Report): void {
    const state = this.openPart('content', event, report);
    if (!state) return;
    if (state.textDone || state.type !== 'output_text')
      report('an annotation of a part that has no open text');
    if (event.annotation_index !== state.annotations.length)
      report(`annotation_index is ${show(event.annotation_index)}, not ${state.annotations.length}`);
    state.annotations.push(event.annotation);
  }

  private openPart(list: PartList, event: Json, report: Report): PartState | undefined {
    const index = event[`${list}_index`];
    const state = typeof index === 'number' ? this.parts[list][index] : undefined;
    if (!state) report(`for ${list} part ${show(index)}, which was not added`);
    else if (state.done !== undefined) report(`for ${list} part ${show(index)}, which is already done`);
    return state?.done === undefined ? state : undefined;
  }

  private takeCall(family: string, step: string, event: Json, report: Report): void {
    const { item, field } = CALL_FAMILIES[family]!;
    if (this.item.type !== item) report(`does not belong to an item of type ${show(this.item.type)}`);
    if (this.callDone) report(`after the ${field} were done`);
    if (step === 'delta') {
      this.callText += String(event.delta);
      return;
    }
    this.callDone = true;
    if (event[field] !== this.callText)
      report(`${field} are ${show(event[field])}, the deltas ${show(this.callText)}`);
    if (item === 'function_call' && event.name !== this.item.name)
      report(`name is ${show(event.name)}, not ${show(this.item.name)}`);
  }

  private takeCommand(step: string, event: Json, report: Report): void {
    if (this.item.type !== 'shell_call') report(`does not belong to an item of type ${show(this.item.type)}`);
    const { commands } = this;
    const { command_index: index } = event;
    const last = commands.at(-1);
    if (step === 'added') {
      if (index !== commands.length || last?.done === false)
        report(`command ${show(index)} is not the next one`);
      commands.push({ text: '', done: false });
    } else if (!last || index !== commands.length - 1 || last.done) {
      report(`for command ${show(index)}, which is not open`);
    } else if (step === 'delta') {
      last.text += String(event.delta);
    } else {
      last.done = true;
      if (event.command !== last.text)
        report(`command is ${show(event.command)}, the deltas ${show(last.text)}`);
    }
  }

  private compareCommandsWith(item: Json, report: Report): void {
    if (item.type !== 'shell_call') return;
    if (this.commands.some(({ done }) => !done)) report('the item is done before its command is');
    const streamed = this.commands.map(({ text }) => text);
    const { commands } = recordOf(item.action);
    if (!isDeepStrictEqual(commands, streamed))
      report(`commands of the done item are ${show(commands)}, streamed were ${show(streamed)}`);
  }

  private takeItemDone(event: Json, report: Report, options: ItemRuleOptions): void {
    const item = recordOf(event.item);
    this.done = item;
    checkFinalItem(item, report, options);
    for (const key of new Set([...Object.keys(this.item), ...Object.keys(item)])) {
      if (!this.isFilledLater(key) && !isDeepStrictEqual(this.item[key], item[key]))
        report(`item.${key} was ${show(this.item[key])} when added and is ${show(item[key])}`);
    }
    this.comparePartsWith(item, report);
    this.compareCallWith(item, report);
    this.compareCommandsWith(item, report);
  }

  private isFilledLater(field: string): boolean {
    const { type } = this.item;
    if (type === 'mcp_approval_request') return false;
    return FILLED_LATER.has(field) || (FILLED_BY_SERVER[String(type)] ?? []).includes(field);
  }

  private comparePartsWith(item: Json, report: Report): void {
    for (const list of ['content', 'summary'] as const) {
      const states = this.parts[list];
      if (states.some(({ done }) => done === undefined))
        report(`the item is done before its ${list} part is`);
      const streamed = states.map(({ done }) => done);
      if (!isDeepStrictEqual(arrayOf(item[list]), streamed)) {
        report(`${list} of the done item is ${show(item[list])}, its parts were ${show(streamed)}`);
      }
    }
  }

  /** What is done to which file is said with the added event. */
  private compareTarget(item: Json, report: Report): void {
    for (const field of ['type', 'path']) {
      const [before, now] = [recordOf(this.item.operation)[field], recordOf(item.operation)[field]];
      if (before !== now) report(`operation.${field} was ${show(before)} when added and is ${show(now)}`);
    }
  }

  private compareCallWith(item: Json, report: Report): void {
    const family = Object.values(CALL_FAMILIES).find(({ item: type }) => type === this.item.type);
    if (!family) return;
    if (item.type === 'apply_patch_call') this.compareTarget(item, report);
    if (recordOf(item.operation).type === 'delete_file') return;
    const text = family.field === 'diff' ? recordOf(item.operation).diff : item[family.field];
    if (text !== this.callText) {
      report(`${family.field} of the done item are ${show(text)}, the deltas ${show(this.callText)}`);
    }
    // A call that was cut off need not announce finished arguments: clients would run it.
    if (item.status === 'completed' && !this.callDone)
      report(`a completed call whose ${family.field} were never done`);
  }
}

function addDelta(state: PartState, event: Json, report: Report): void {
  state.text += String(event.delta);
  if (state.type !== 'output_text') return;
  checkLogprobs(event.logprobs, report);
  state.logprobs.push(...arrayOf(event.logprobs));
}

function finishText(state: PartState, event: Json, report: Report): void {
  const text = state.type === 'refusal' ? event.refusal : event.text;
  state.textDone = true;
  if (text !== state.text) report(`text is ${show(text)}, the deltas ${show(state.text)}`);
  if (state.type !== 'output_text') return;
  checkLogprobs(event.logprobs, report);
  if (!isDeepStrictEqual(arrayOf(event.logprobs), state.logprobs)) report("logprobs are not the deltas'");
}

function textOf(part: unknown): string | undefined {
  if (!isRecord(part)) return undefined;
  const text = part[PART_TEXT[String(part.type)] ?? ''];
  return isString(text) ? text : undefined;
}
