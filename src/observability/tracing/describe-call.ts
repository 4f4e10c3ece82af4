import { type Call, CLIENT_CLOSED_REQUEST, UNMATCHED } from '../../request/call-observer.js';
import { tenantOf } from '../../request/request-context.js';
import type { TraceAttributes } from '../../request/trace.js';
import { operationOf } from '../../upstreams/begin-call.js';

/** As OpenTelemetry's conventions have it: few names, which traces can be grouped by. */
export function nameOf({ method, route }: Call): string {
  if (method === 'JOB') return route;
  return route === UNMATCHED ? method : `${method} ${route}`;
}

/** What is known of a call at its end. Nothing of what was said. */
export function describeCall(call: Call): TraceAttributes {
  const { context } = call;
  const { caller, report } = context;
  return {
    ...(call.method !== 'JOB' && describeHttp(call)),
    ...(report.model !== undefined && describeAnswer(call)),
    'gateway.request_id': context.id,
    'enduser.id': caller?.id,
    'gateway.tenant': caller ? tenantOf(context) : undefined,
    'gateway.outcome': report.outcome,
    'error.type': errorOf(call),
  };
}

function describeHttp({ method, route, path, status, context }: Call): TraceAttributes {
  return {
    'http.request.method': method,
    'http.route': route === UNMATCHED ? undefined : route,
    'http.response.status_code': status,
    'url.path': path,
    'url.scheme': context.header('x-forwarded-proto') ?? 'http',
    'user_agent.original': context.header('user-agent'),
    'gateway.transport': context.report.transport,
  };
}

function describeAnswer({ route, context: { report } }: Call): TraceAttributes {
  const { usage } = report;
  return {
    'gen_ai.operation.name': operationOf(route),
    'gen_ai.request.model': report.model,
    'gen_ai.request.stream': report.stream,
    'gateway.upstream': report.upstream,
    'gen_ai.usage.input_tokens': usage?.input_tokens,
    'gen_ai.usage.output_tokens': usage?.output_tokens,
    'gen_ai.usage.cache_read.input_tokens': usage?.input_tokens_details.cached_tokens,
  };
}

/** What it has failed with; the outcome of what was refused is the code of its error. */
function errorOf({ status, context: { report } }: Call): string | undefined {
  if (status === CLIENT_CLOSED_REQUEST) return 'client_closed_request';
  if (status >= 400) return report.outcome ?? String(status);
  return report.outcome === 'failed' ? 'failed' : undefined;
}
