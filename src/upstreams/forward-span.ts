import { defer, type Observable, tap } from 'rxjs';
import type { Span, Trace } from '../request/trace.js';
import { type AskedServer, beginCall, operationOf } from './begin-call.js';
import type { ForwardedAnswer, ForwardRequest } from './upstream.client.js';

/**
 * Forwards a request as a step of a trace, which lasts until the answer has ended. Of what is in the answer it knows nothing.
 *
 * @param post gets the headers that make the server's work a part of the step
 */
export function inForwardSpan(
  trace: Trace | undefined,
  { path, model }: Pick<ForwardRequest, 'path' | 'model'>,
  server: AskedServer,
  post: (traceHeaders: Readonly<Record<string, string>>) => Observable<ForwardedAnswer>,
): Observable<ForwardedAnswer> {
  if (!trace) return post({});
  return defer(() => {
    const span = beginCall(trace, operationOf(path), model, server);
    const answers = post(span.headers);
    return span.isRecording ? record(answers, span) : answers;
  });
}

function record(answers: Observable<ForwardedAnswer>, span: Span): Observable<ForwardedAnswer> {
  let isAnswered = false;
  let hasFailed = false;
  return answers.pipe(
    tap({
      next: ({ body }) => {
        isAnswered = true;
        body.once('close', () => {
          if (!body.errored && !body.readableEnded) span.set({ 'gateway.aborted': true });
          span.end(body.errored ?? undefined);
        });
      },
      error: (error: unknown) => {
        hasFailed = true;
        span.end(error);
      },
      finalize: () => {
        if (isAnswered || hasFailed) return;
        span.set({ 'gateway.aborted': true });
        span.end();
      },
    }),
  );
}
