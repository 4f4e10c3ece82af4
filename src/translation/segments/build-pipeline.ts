import type { TurnPlan } from '../turn-plan.js';
import { askForCall, askForFormat } from '../request/follow-up.js';
import { type AskAgain, NEVER_AGAIN } from './ask-again.js';
import { CheckOutput, type OutputCheck } from './check-output.js';
import { HoldBlankText } from './hold-blank-text.js';
import { joinStages } from './join-stages.js';
import type { KeepDraft } from './keep-draft.js';
import { LimitCalls } from './limit-calls.js';
import { RaiseCalls } from './raise-calls.js';
import { RequireCall } from './require-call.js';
import { RunTools, type ToolRun } from './run-tools.js';
import type { EmitSegment, SegmentStage } from '../vocabulary/segment.js';
import { StopAt } from './stop-at.js';

/** What the stages of a turn ask of the rest of the gateway. */
export interface PipelineOptions {
  /** Decides whether another answer is asked for where this one will not do. */
  again?: AskAgain;
  /** The answer in whose place this one was asked for; null: there was none. */
  draft?: KeepDraft | null;
  /** Checks the finished text; null: any text will do. */
  check?: OutputCheck | null;
  /** Runs the calls that the gateway runs; null: there are none. */
  tools?: ToolRun | null;
  /** Receives a warning for what is wrong with the answer. */
  warn?: (warning: string) => void;
  /** Estimates the tokens of the request. */
  countInput?: () => number;
}

/**
 * The stages a turn needs, outermost first; what the plan does not ask for is not there.
 *
 * @param parser reads tool calls out of raw text, where the upstream does not
 * @returns the entrance of the pipeline, whose last stage feeds `emit`
 */
export function buildPipeline(
  plan: TurnPlan,
  parser: SegmentStage | null,
  emit: EmitSegment,
  {
    again = NEVER_AGAIN,
    draft = null,
    check = null,
    tools = null,
    warn = () => undefined,
    countInput = () => 0,
  }: PipelineOptions = {},
): EmitSegment {
  const stages: SegmentStage[] = [];
  if (parser) stages.push(parser);
  if (plan.stop.length > 0) stages.push(new StopAt(plan.stop, countInput));
  if (plan.tools.size > 0) stages.push(new RaiseCalls(plan.tools));
  if (!plan.parallelToolCalls || plan.allowedTools) {
    stages.push(new LimitCalls(plan.parallelToolCalls, plan.allowedTools));
  }
  if (plan.mustCall !== null) {
    stages.push(new RequireCall((giveOut) => again.ask('call', askForCall, giveOut)));
  }
  // A stop text may stand at the very start; a compaction turn judges its summary itself; a draft stands in for nothing at all.
  const mayBeEmpty = plan.compaction || plan.stop.length > 0 || draft !== null;
  stages.push(new HoldBlankText(mayBeEmpty ? null : warn));
  if (check) {
    const mayRetry = plan.outputFormat?.instruction === true && again.mayAsk('format');
    const retry = (draft: string, giveOut: () => void) =>
      again.ask('format', (question) => askForFormat(question, draft), giveOut);
    stages.push(new CheckOutput(check, mayRetry ? retry : null));
  }
  if (draft) stages.push(draft);
  if (tools) stages.push(new RunTools(tools, plan.deferred));
  return joinStages(stages, emit);
}
