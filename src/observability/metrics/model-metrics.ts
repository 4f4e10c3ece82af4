import { Injectable } from '@nestjs/common';
import type { ResponseUsage } from '../../contracts/responses-api.js';
import { type Call, CallObserver } from '../../request/call-observer.js';
import type { RequestReport, ToolCallReport } from '../../request/request-report.js';
import { operationOf } from '../../upstreams/begin-call.js';
import { CallLabels, outcomeOf } from './call-labels.js';
import { Meter } from './meter.js';

/** Bounds that the semantic conventions of OpenTelemetry for generative AI name, so that dashboards fit other servers too. */
const REQUEST_SECONDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const FIRST_TOKEN_SECONDS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
const TOKEN_SECONDS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];
const TOKENS = [
  1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
];

const MODEL_LABELS = ['gen_ai_request_model', 'gen_ai_operation_name'] as const;
const NOT_AN_ERROR: ReadonlySet<string> = new Set(['completed', 'incomplete', 'cancelled', 'ok']);

type ModelLabels = Record<(typeof MODEL_LABELS)[number], string>;

/** Measures answers of models as they end: how long they took, what they used, how their tool calls were read. */
@Injectable()
export class ModelMetrics extends CallObserver {
  private readonly duration;
  private readonly firstToken;
  private readonly perToken;
  private readonly usage;
  private readonly cached;
  private readonly reasoning;
  private readonly toolCalls;

  constructor(
    meter: Meter,
    private readonly labels: CallLabels,
  ) {
    super();
    this.duration = meter.histogram({
      name: 'gen_ai_server_request_duration_seconds',
      help: 'Time from the request to the end of its answer.',
      labelNames: [...MODEL_LABELS, 'error_type'],
      buckets: REQUEST_SECONDS,
    });
    this.firstToken = meter.histogram({
      name: 'gen_ai_server_time_to_first_token_seconds',
      help: "Time from the request to the model's first output, of streams.",
      labelNames: MODEL_LABELS,
      buckets: FIRST_TOKEN_SECONDS,
    });
    this.perToken = meter.histogram({
      name: 'gen_ai_server_time_per_output_token_seconds',
      help: 'Time from the first output to the end of the answer, divided by the tokens after the first, of streams.',
      labelNames: MODEL_LABELS,
      buckets: TOKEN_SECONDS,
    });
    this.usage = meter.histogram({
      name: 'gen_ai_client_token_usage',
      help: 'Tokens of an answer.',
      labelNames: [...MODEL_LABELS, 'gen_ai_token_type'],
      buckets: TOKENS,
    });
    this.cached = meter.counter({
      name: 'gateway_cached_input_tokens_total',
      help: 'Input tokens that the model server had in its prefix cache; part of the input tokens.',
      labelNames: ['gen_ai_request_model'],
    });
    this.reasoning = meter.counter({
      name: 'gateway_reasoning_tokens_total',
      help: 'Output tokens that were reasoning; part of the output tokens.',
      labelNames: ['gen_ai_request_model'],
    });
    this.toolCalls = meter.counter({
      name: 'gateway_tool_calls_total',
      help: 'Tool calls by how they were read. Of left_as_text, answers with text that looked like a call.',
      labelNames: ['parser', 'outcome'],
    });
  }

  override ended(call: Call): void {
    const { route, durationMs, context } = call;
    const { report, startedAt } = context;
    const outcome = outcomeOf(call);
    // Without an outcome of its own it was handed over to a job, which is a call of its own.
    if (report.model === undefined || outcome === 'ok') return;
    const labels: ModelLabels = {
      gen_ai_request_model: this.labels.modelOf(call),
      gen_ai_operation_name: operationOf(route),
    };
    const error_type = NOT_AN_ERROR.has(outcome) ? '' : outcome;
    this.duration.observe({ ...labels, error_type }, durationMs / 1_000);
    if (report.usage) this.countTokens(labels, report.usage);
    if (report.stream && report.firstOutputAt !== undefined)
      this.measureStream(labels, report, report.firstOutputAt - startedAt, durationMs);
    if (report.toolCalls) this.countCalls(report.toolCalls, report);
  }

  private countTokens(labels: ModelLabels, usage: ResponseUsage): void {
    const { gen_ai_request_model } = labels;
    this.usage.observe({ ...labels, gen_ai_token_type: 'input' }, usage.input_tokens);
    this.usage.observe({ ...labels, gen_ai_token_type: 'output' }, usage.output_tokens);
    const { cached_tokens } = usage.input_tokens_details;
    const { reasoning_tokens } = usage.output_tokens_details;
    if (cached_tokens > 0) this.cached.inc({ gen_ai_request_model }, cached_tokens);
    if (reasoning_tokens > 0) this.reasoning.inc({ gen_ai_request_model }, reasoning_tokens);
  }

  private measureStream(
    labels: ModelLabels,
    { usage }: RequestReport,
    firstMs: number,
    durationMs: number,
  ): void {
    this.firstToken.observe(labels, firstMs / 1_000);
    const further = (usage?.output_tokens ?? 0) - 1;
    if (further > 0) this.perToken.observe(labels, (durationMs - firstMs) / 1_000 / further);
  }

  private countCalls({ parser, parsed, broken }: ToolCallReport, { warnings }: RequestReport): void {
    if (parsed > 0) this.toolCalls.inc({ parser, outcome: 'parsed' }, parsed);
    if (broken > 0) this.toolCalls.inc({ parser, outcome: 'broken' }, broken);
    if (warnings?.includes('malformed_tool_call')) this.toolCalls.inc({ parser, outcome: 'left_as_text' });
  }
}
