/**
 * The public package: what a deployer's code may import from `responses-gateway`, and nothing else. What stands here changes
 * only with a new major version.
 *
 * @packageDocumentation
 */

/** @public How the gateway is put together and started. */
export { AppModule, type AppOptions } from './app.module.js';
export { configureApp, CREATE_OPTIONS, createGateway } from './app.setup.js';
export type { Extension } from './extension/load-extensions.js';
export { serve } from './serve.js';

/** @public Extension points, and their defaults for those who wrap one. */
export { ApiKeyStrategy } from './auth/api-key.strategy.js';
export { type AuthRequest, AuthStrategy } from './auth/auth-strategy.js';
export { type Replacement, replacedPoints } from './extension/check-extensions.js';
export { InjectExtension } from './extension/inject-extension.decorator.js';
export { IdGenerator, type IdPrefix } from './ids/id-generator.js';
export { RandomIdGenerator } from './ids/random-id-generator.js';
export { EventLog, type LoggedEvents } from './coordination/event-log.js';
export { IdempotencyStore, type IdempotencyState } from './coordination/idempotency-store.js';
export { type Job, type JobCounts, type JobHandler, JobQueue } from './coordination/job-queue.js';
export { type HeldLease, Lease } from './coordination/lease.js';
export { type Counted, RateCounter } from './coordination/rate-counter.js';
export { SlotCounter } from './coordination/slot-counter.js';
export { AesEnvelopeSealer } from './sealing/aes-envelope-sealer.js';
export { type EnvelopeKind, EnvelopeSealer } from './sealing/envelope-sealer.js';
export { ConversationStore, type ItemToAdd, type StoredConversation } from './state/conversation-store.js';
export {
  type HiddenItem,
  type History,
  type ResponseRecord,
  ResponseStore,
  type StoredResponse,
} from './state/response-store.js';
export { SqlConversationStore } from './state/sql/sql-conversation-store.js';
export { SqlResponseStore } from './state/sql/sql-response-store.js';
export type { Page, PageQuery, StoredItem } from './state/stored-item.js';
export { FailoverUpstreamClient } from './upstreams/failover-upstream.client.js';
export { HttpUpstreamClient } from './upstreams/http-upstream.client.js';
export {
  type ForwardedAnswer,
  type ForwardRequest,
  type OpenOptions,
  type UpstreamAnswer,
  UpstreamClient,
  type UpstreamOptions,
} from './upstreams/upstream.client.js';
export { errorInAnswer } from './upstreams/upstream.errors.js';

/** @public The request: who calls, and what is known of it. */
export { CurrentCaller } from './auth/caller.decorator.js';
export { CurrentRequest, requestContextOf } from './request/current-request.decorator.js';
export type { Gate, Pausable } from './request/gate.js';
export { InFlight } from './request/in-flight.decorator.js';
export { Public } from './request/public.decorator.js';
export { type Call, CallObserver } from './request/call-observer.js';
export { type Caller, type CallerLimits, type RequestContext, tenantOf } from './request/request-context.js';
export type { RequestReport, ToolCallReport } from './request/request-report.js';
export type { Span, Trace, TraceAttributes } from './request/trace.js';
/** @public The controller of POST /v1/responses, for guards and interceptors that are meant for it alone. */
export { ResponsesController } from './responses/responses.controller.js';

/** @public The answer: what the controller's Observable emits, and how its events are observed. */
export type { EventObserver } from './responses/run/event-observers.js';
export type { ResponseRun } from './responses/run/response-run.js';
export { tapEvents } from './responses/run/tap-events.js';

/** @public Tools that run within the gateway. */
export {
  type ToolCallContext,
  ToolExecutor,
  type ToolExecutorOptions,
  type ToolSet,
} from './tools/tool-executor.decorator.js';
export type { ServedTool, ToolImage, ToolOutcome } from './tools/tool-session.js';

/** @public Errors that reach the client as OpenAI's. */
export { type ErrorName } from './errors/error-table.js';
export { GatewayError, type GatewayErrorOptions } from './errors/gateway-error.js';

/** @public The environment. */
export { Environment } from './config/environment.js';
export { defineEnvironment } from './config/extension-environment.js';
export { Flag, Milliseconds } from './config/variable.decorators.js';

/** @public Tool parsers, and what grammars are made of (docs/tool-calling.md). */
export { CallReader } from './tool-parsers/lib/call-reader.js';
export { CallSink } from './tool-parsers/lib/call-sink.js';
export { GrammarParser, type GrammarReader } from './tool-parsers/lib/grammar-parser.js';
export { NOT_A_CALL } from './tool-parsers/lib/not-a-call.js';
export type { ValueForm } from './tool-parsers/lib/parameter-writer.js';
export { type CallGrammar, parseCalls } from './tool-parsers/lib/parse-calls.js';
export { readCallObject, readCallObjects } from './tool-parsers/lib/read-call-object.js';
export { type InvokeTags, readInvokes } from './tool-parsers/lib/read-invokes.js';
export { type ParameterTags, readParameterCall } from './tool-parsers/lib/read-parameters.js';
export { readSection, type SectionTags } from './tool-parsers/lib/read-section.js';
export { SchemaView } from './tool-parsers/lib/schema-view.js';
export { type Reading, TextSource } from './tool-parsers/lib/text-source.js';
export { bareValue, writeEach, writeParameters } from './tool-parsers/lib/write-parameters.js';
export {
  ToolParser,
  type ToolParserFamily,
  type ToolParserOptions,
  type ToolTextParser,
  type WrittenCall,
  type WrittenResult,
} from './tool-parsers/tool-parser.decorator.js';

/** @public Reasoning parsers. */
export { parseThinking, type ThinkingTags } from './reasoning-parsers/lib/parse-thinking.js';
export {
  ReasoningParser,
  type ReasoningParserFamily,
  type ReasoningParserOptions,
  type ReasoningTextParser,
  type ReasoningTurn,
} from './reasoning-parsers/reasoning-parser.decorator.js';

/** @public Stages: what changes answers. */
export type { TextReplacement } from './translation/stages/pattern-window.js';
export { ReplaceText, type ReplaceTextOptions } from './translation/stages/replace-text.js';
export {
  type AnswerFacts,
  ResponseStage,
  type ResponseStageFactory,
  type ResponseStageOptions,
} from './translation/stages/response-stage.decorator.js';

/** @public The steps of an answer, which parsers and stages read and make. */
export type { BuiltinKind } from './translation/vocabulary/builtin-kind.js';
export type { EmitSegment, FinishReason, Segment, SegmentStage } from './translation/vocabulary/segment.js';
export { type ToolBinding, ToolTable } from './translation/vocabulary/tool-table.js';

/** @public Types of both wires. */
export type * from './contracts/chat-completions.js';
export type * from './contracts/compaction-api.js';
export type { ModelPresetName, ModelProfile, TokenCounter } from './contracts/model-profile.js';
export type * from './contracts/response-events.js';
export type * from './contracts/builtin-tools-api.js';
export type * from './contracts/hosted-tools-api.js';
export type * from './contracts/responses-api.js';
export type * from './contracts/responses-request.js';
export type * from './contracts/state-api.js';
