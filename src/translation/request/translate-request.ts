import type { ModelProfile } from '../../contracts/model-profile.js';
import type { ChatRequest, ChatTool } from '../../contracts/chat-completions.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import type { CreateResponseBody } from '../../contracts/responses-request.js';
import type { Envelopes } from '../../sealing/envelopes.js';
import { invalidRequest } from '../../errors/gateway-error.js';
import { offerTools } from '../tool-search/offer-tools.js';
import type { OutputFormat, ReasoningOutput, TurnPlan } from '../turn-plan.js';
import { applyFormat } from './apply-format.js';
import { buildResponseSkeleton } from './build-response-skeleton.js';
import { copySampling, passFields } from './copy-sampling.js';
import type { Keeping } from './keeping.js';
import { listIgnored } from './list-ignored.js';
import { mapReasoning } from './map-reasoning.js';
import { MessageBuilder } from './message-builder.js';
import type { MediaPolicy } from './media/media-policy.js';
import { parseInput } from './parse-input.js';
import { type ParsedTextFormat, parseTextFormat } from './parse-text-format.js';
import { parseToolChoice, type ParsedToolChoice } from './tools/parse-tool-choice.js';
import { parseTools } from './tools/parse-tools.js';
import { type HostedTool, listShownResults } from './tools/hosted-tools.js';
import type { ServedTools } from './tools/served-tools.js';
import { renderToolPrompt, type ToolWriter } from './tools/render-tool-prompt.js';
import { refuseUnsupported } from './refuse-unsupported.js';
import { requiredCall } from './tools/required-call.js';

/** What the translation cannot know from the body: passed in, so that it stays pure. */
export interface TranslationContext {
  profile: ModelProfile;
  /** Model name for the upstream. */
  upstreamModel: string;
  /** Model name for the client. */
  model: string;
  reasoningOutput: ReasoningOutput;
  responseId: string;
  /** Unix time in seconds. */
  createdAt: number;
  /** Opens what the client sends back sealed, and seals what it gets to keep. */
  envelopes: Envelopes;
  /** What media may be, by the settings. */
  media: MediaPolicy;
  /** Body fields that the gateway does not know. */
  unknownFields: Readonly<Record<string, unknown>>;
  /** Absent: nothing is kept. */
  keeping?: Keeping;
  /** Tools that the gateway runs, of those of type `mcp`; absent: none. */
  served?: readonly ServedTools[];
  /** Tools that the gateway runs in place of hosted ones; absent: none. */
  hosted?: readonly HostedTool[];
  /** Writes calls as the model does; present where the model learns of its tools by the text alone. */
  toolWriter?: ToolWriter | null;
}

export interface TranslatedRequest {
  chat: ChatRequest;
  plan: TurnPlan;
  response: ResponseObject;
  envelopes: Envelopes;
}

/**
 * Translates a Responses request into a chat-completions request, the plan for the way back, and the response object to
 * begin with.
 *
 * @throws GatewayError (400) whose `param` is the path of what is wrong
 */
export function translateRequest(body: CreateResponseBody, context: TranslationContext): TranslatedRequest {
  refuseUnsupported(body);
  const { profile, envelopes } = context;
  const ignored = new Set<string>();
  const tools = parseTools(body.tools, body.input, ignored, profile.vision, {
    served: context.served,
    hosted: context.hosted,
  });
  const choice = parseToolChoice(body.tool_choice, tools.table, ignored);
  const format = parseTextFormat(body);
  const messages = new MessageBuilder(profile, ignored);
  parseInput(body.input, {
    messages,
    tools: tools.table,
    ignored,
    envelopes,
    media: context.media,
    leavesNotes: false,
  });
  listIgnored(body, context.unknownFields, { passed: profile.passFields, tools: tools.table }, ignored);
  // Calls that the client runs are not the gateway's to count.
  if (!context.served && typeof body.max_tool_calls === 'number') ignored.add('max_tool_calls');
  const isKept = context.keeping?.store === true || profile.passFields.includes('store');
  if (body.store === true && !isKept) ignored.add('store');

  const chat: ChatRequest = {
    model: context.upstreamModel,
    messages: messages.build(body.instructions ?? ''),
  };
  if (chat.messages.length === 0) {
    throw invalidRequest('input', 'input contains nothing that can be sent to the model.');
  }
  if (body.stream) {
    chat.stream = true;
    chat.stream_options = { include_usage: true };
  }
  copySampling(body, profile, chat);
  passFields(body, context.unknownFields, profile, chat);
  const reasoning = mapReasoning(body.reasoning, profile, chat);
  const offer = offerTools(tools, choice);
  const offered = writeTools(chat, offer.chat, choice, body, profile);
  // `auto` trusts the server until it says no; also a server that reads calls may have left some in the text.
  const toolParser = offered && profile.toolCalls !== 'auto' ? profile.toolParser : null;
  const instruction = format.chat ? applyFormat(chat, format.chat, profile) : false;
  const mustCall = offered ? requiredCall(choice) : null;
  if (context.toolWriter) renderToolPrompt(chat, profile, context.toolWriter, mustCall);

  const response = buildResponseSkeleton(body, {
    id: context.responseId,
    created_at: context.createdAt,
    model: context.model,
    keeping: context.keeping,
    tools: tools.echo,
    tool_choice: choice.echo,
    format: format.echo,
    reasoning,
  });
  const plan: TurnPlan = {
    tools: tools.table,
    allowedTools: offer.allowed,
    deferred: offer.deferred,
    shownResults: listShownResults(body.include, tools.table),
    parallelToolCalls: response.parallel_tool_calls,
    stop: body.include_stop_str_in_output ? [] : stopTexts(body.stop),
    reasoningOutput: context.reasoningOutput,
    sealReasoning: body.include?.includes('reasoning.encrypted_content') ?? false,
    compaction: false,
    toolParser,
    reasoningParser: profile.reasoningParser,
    thinking: readThinking(chat.chat_template_kwargs),
    unclosedReasoning: profile.unclosedReasoning,
    mustCall,
    outputFormat: outputFormatOf(format, instruction),
    obfuscate: body.stream_options?.include_obfuscation === true,
    ignored: [...ignored],
  };
  return { chat, plan, response, envelopes };
}

/** What `json_object` says as a schema. */
const ANY_OBJECT = { schema: { type: 'object' }, strict: false };

function outputFormatOf({ chat, echo }: ParsedTextFormat, instruction: boolean): OutputFormat | null {
  if (!chat || echo.type === 'text') return null;
  const { schema, strict } = echo.type === 'json_schema' ? echo : ANY_OBJECT;
  return { chat, schema, strict, instruction };
}

/**
 * Puts the callable tools into the request. Tools the model must not call are not shown to it: LMDeploy would render them
 * for `none` and return the call as plain text.
 *
 * @returns whether any tool was offered
 */
function writeTools(
  chat: ChatRequest,
  offered: ChatTool[],
  choice: ParsedToolChoice,
  body: CreateResponseBody,
  profile: ModelProfile,
): boolean {
  if (offered.length === 0) return false;
  chat.tools = offered;
  if (profile.toolCalls === 'raw' || profile.toolCalls === 'prompt') {
    chat.tool_choice = 'none';
    return true;
  }
  if (choice.chat !== undefined) chat.tool_choice = choice.chat;
  if (body.parallel_tool_calls === false) chat.parallel_tool_calls = false;
  return true;
}

/** Templates call the switch by one of two names. */
function readThinking(template: Record<string, unknown> | undefined): boolean | null {
  const value = template?.enable_thinking ?? template?.thinking;
  return typeof value === 'boolean' ? value : null;
}

function stopTexts(stop: CreateResponseBody['stop']): string[] {
  if (stop === undefined || stop === null) return [];
  return (typeof stop === 'string' ? [stop] : stop).filter((text) => text !== '');
}
