import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUS = ['unset', 'ok', 'error'] as const;

type Value = string | number | boolean | Value[];

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  /** Empty: it has none. */
  parentId: string;
  name: string;
  kind: (typeof KINDS)[number];
  status: (typeof STATUS)[number];
  attributes: Record<string, Value>;
  events: string[];
  resource: Record<string, Value>;
}

interface WireValue {
  stringValue?: string;
  intValue?: number | string;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values: WireValue[] };
}
type WireAttributes = { key: string; value: WireValue }[];
interface WireSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes?: WireAttributes;
  events?: { name: string }[];
  status?: { code?: number };
}
interface WireBody {
  resourceSpans: { resource: { attributes: WireAttributes }; scopeSpans: { spans: WireSpan[] }[] }[];
}

/** An OpenTelemetry collector as far as traces go: it takes them by OTLP over HTTP, as JSON. */
export class TraceReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** Headers of the exports. */
  readonly exports: IncomingHttpHeaders[] = [];
  /** What was received, as text. */
  raw = '';
  private waiting: (() => void)[] = [];

  private constructor(private readonly server: Server) {}

  static async start(path = '/v1/traces'): Promise<TraceReceiver> {
    const server = createServer();
    const receiver = new TraceReceiver(server);
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const isTraces = request.method === 'POST' && request.url === path;
        if (isTraces) receiver.take(request.headers, Buffer.concat(parts).toString());
        response.writeHead(isTraces ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Waits for the first span of a name. What stands below it has ended before, and has come with it at the latest. */
  async span(name: string): Promise<ReceivedSpan> {
    for (;;) {
      const found = this.spans.find((span) => span.name === name);
      if (found) return found;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Those right below a span, in the order of their ends. */
  childrenOf({ spanId, traceId }: ReceivedSpan): ReceivedSpan[] {
    return this.spans.filter((span) => span.parentId === spanId && span.traceId === traceId);
  }

  forget(): void {
    this.spans.length = 0;
    this.raw = '';
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(headers: IncomingHttpHeaders, text: string): void {
    this.exports.push(headers);
    this.raw += text;
    for (const { resource, scopeSpans } of (JSON.parse(text) as WireBody).resourceSpans) {
      const spans = scopeSpans.flatMap((scope) => scope.spans);
      this.spans.push(...spans.map((span) => readSpan(span, resource.attributes)));
    }
    const { waiting } = this;
    this.waiting = [];
    for (const wake of waiting) wake();
  }
}

function readSpan(span: WireSpan, resource: WireAttributes): ReceivedSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentId: span.parentSpanId ?? '',
    name: span.name,
    kind: KINDS[span.kind] ?? 'unspecified',
    status: STATUS[span.status?.code ?? 0] ?? 'unset',
    attributes: readAttributes(span.attributes ?? []),
    events: (span.events ?? []).map(({ name }) => name),
    resource: readAttributes(resource),
  };
}

function readAttributes(attributes: WireAttributes): Record<string, Value> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, readValue(value)]));
}

function readValue({ stringValue, intValue, doubleValue, boolValue, arrayValue }: WireValue): Value {
  if (arrayValue) return arrayValue.values.map(readValue);
  return stringValue ?? boolValue ?? Number(intValue ?? doubleValue);
}
