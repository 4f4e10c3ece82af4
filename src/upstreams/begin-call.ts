import type { Span, Trace, TraceAttributes } from '../request/trace.js';

/** Where a request goes. */
export interface AskedServer {
  address: string;
  port: number;
  /** What kind of server it is. */
  provider: string;
}

/** What is asked of it, by its name in OpenTelemetry's conventions for generative AI. */
export type Operation = 'chat' | 'text_completion' | 'embeddings';

/** Of what is passed on; all else chats. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  '/completions': 'text_completion',
  '/embeddings': 'embeddings',
};

/** @param path of a request, or a route's pattern, with `/v1` or without */
export function operationOf(path: string): Operation {
  return OPERATIONS[path.replace(/^\/v1(?=\/)/, '')] ?? 'chat';
}

/** Begins the step of a trace that is one request to a model server. */
export function beginCall(
  trace: Trace,
  operation: Operation,
  model: string,
  { address, port, provider }: AskedServer,
  further?: TraceAttributes,
): Span {
  return trace.begin(`${operation} ${model}`, 'client', {
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model,
    'server.address': address,
    'server.port': port,
    ...further,
  });
}
