import { defer, map, type Observable, tap } from 'rxjs';
import {
  type ChatCompletion,
  type ChatDelta,
  type ChatRequest,
  choiceOf,
  finishReasonOf,
} from '../contracts/chat-completions.js';
import type { Span, Trace } from '../request/trace.js';
import { type AskedServer, beginCall } from './begin-call.js';
import type { UpstreamAnswer } from './upstream.client.js';

/**
 * Posts a chat request as a step of a trace, which lasts until the answer has ended. The names are those of OpenTelemetry's
 * conventions for generative AI. Where nobody records the step, the chunks go by unseen.
 *
 * @param post gets the headers that make the server's work a part of the step
 */
export function inChatSpan(
  trace: Trace | undefined,
  { model, stream }: ChatRequest,
  server: AskedServer,
  post: (traceHeaders: Readonly<Record<string, string>>) => Observable<UpstreamAnswer>,
): Observable<UpstreamAnswer> {
  if (!trace) return post({});
  return defer(() => {
    const span = beginCall(trace, 'chat', model, server, { 'gen_ai.request.stream': stream === true });
    const answers = post(span.headers);
    return span.isRecording ? record(answers, span) : answers;
  });
}

function record(answers: Observable<UpstreamAnswer>, span: Span): Observable<UpstreamAnswer> {
  const seen = new SeenAnswer(span);
  const end = (error?: unknown): void => {
    seen.end(error);
  };
  return answers.pipe(
    map((answer) => ({
      ...answer,
      chunks: answer.chunks.pipe(
        tap({
          next: (chunk) => {
            seen.read(chunk);
          },
          error: end,
          complete: end,
        }),
      ),
    })),
    // After the chunks where there were some: the first end counts.
    tap({ error: end, finalize: end }),
  );
}

/** What there is to say of an answer, gathered from its chunks. */
class SeenAnswer {
  private isOver = false;
  private hasOutput = false;
  private isNamed = false;
  private isFinished = false;

  constructor(private readonly span: Span) {}

  read(chunk: ChatCompletion): void {
    const { span } = this;
    if (!this.isNamed && chunk.model) {
      this.isNamed = true;
      span.set({ 'gen_ai.response.model': chunk.model, 'gen_ai.response.id': chunk.id });
    }
    const choice = choiceOf(chunk);
    if (!this.hasOutput && saysSomething(choice?.delta)) {
      this.hasOutput = true;
      span.event('gen_ai.first_token');
    }
    const reason = choice && finishReasonOf(choice);
    if (reason) {
      this.isFinished = true;
      const name = typeof reason === 'string' ? reason : reason.type;
      span.set({ 'gen_ai.response.finish_reasons': [name] });
    }
    const usage = chunk.usage ?? choice?.usage;
    if (usage) {
      span.set({
        'gen_ai.usage.input_tokens': usage.prompt_tokens ?? undefined,
        'gen_ai.usage.output_tokens': usage.completion_tokens ?? undefined,
      });
    }
  }

  /** An answer that has not finished, and has not failed, was wanted no longer. */
  end(error?: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    if (error === undefined && !this.isFinished) this.span.set({ 'gateway.aborted': true });
    this.span.end(error);
  }
}

/** The first chunk often says no more than the role. */
function saysSomething(delta: ChatDelta | null | undefined): boolean {
  if (!delta) return false;
  const { content, reasoning_content, reasoning, refusal, tool_calls } = delta;
  const parts = [content, reasoning_content, reasoning, refusal, tool_calls];
  return parts.some((part) => Boolean(part) && !(Array.isArray(part) && part.length === 0));
}
