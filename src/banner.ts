import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ApiKeyStrategy } from './auth/api-key.strategy.js';
import { AuthStrategy } from './auth/auth-strategy.js';
import { KeysAndTokensStrategy } from './auth/keys-and-tokens.strategy.js';
import { Environment } from './config/environment.js';
import { type DatabaseTarget, parseDatabaseUrl, showDatabase, showServer } from './config/store-urls.js';
import { GatewayError } from './errors/gateway-error.js';
import { replacedPoints } from './extension/check-extensions.js';
import { getExtension } from './extension/extension-point.js';
import { readOwnPackage } from './extension/own-package.js';
import { listNames } from './models/list-names.js';
import { wantsPlayground } from './playground/serve-playground.js';
import { MetricsServer } from './observability/metrics/metrics-server.service.js';
import { within } from './request/within.js';
import { UpstreamTarget } from './upstreams/upstream-target.js';
import { UpstreamClient } from './upstreams/upstream.client.js';

/** The port is open by then: nobody but the reader of the banner waits. */
const ASK_TIMEOUT_MS = 1_500;
const MAX_MODELS = 5;
const LABEL_WIDTH = 20;
/** Names that need no care inside of a shell's quotes. */
const PLAIN_NAME = /^[\w./:@+-]+$/;
const STORE_NOTES: Record<DatabaseTarget['kind'], string> = {
  file: '',
  postgres: '',
  memory: ' (lost when the gateway ends)',
  none: ' (nothing is kept): set DATABASE_URL to keep responses',
};
const NOT_REACHED = ['upstream_unreachable', 'upstream_timeout'];
const REASONS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'unknown host name',
  EAI_AGAIN: 'unknown host name',
  ECONNRESET: 'connection reset',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
};

/** What the model server said when it was asked for its models. */
type Asked = { models: string[] } | { problem: string };

/** Tells the person who started it where it listens, what it talks to, and what to try. @param app one that listens */
export async function printBanner(app: NestExpressApplication): Promise<void> {
  const environment = app.get(Environment);
  const upstream = getExtension(app, UpstreamClient);
  const strategy = getExtension(app, AuthStrategy);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://${reachable(environment.HOST)}:${port}`;
  const asked = await within<Asked>(listIds(upstream), ASK_TIMEOUT_MS, {
    problem: 'not reached yet: no response so far',
  });
  const rows: [label: string, value: string | null][] = [
    ['Responses gateway', `${url}/v1/responses`],
    ['Version', readOwnPackage().version],
    ['Docs', environment.DOCS_ENABLED ? `${url}/docs` : null],
    ['Playground', wantsPlayground(environment) ? `${url}/` : null],
    ['Upstream', describeUpstream(app, upstream)],
    ['Models', 'models' in asked ? listNames(asked.models, MAX_MODELS) || 'none' : asked.problem],
    ['Store', describeStore(environment)],
    ['Redis', environment.REDIS_URL === undefined ? null : showServer(environment.REDIS_URL)],
    ['Auth', describeAuth(strategy)],
    ['Metrics', describeMetrics(app)],
    ['Replaced', describeReplaced(app)],
  ];
  const shown = rows.flatMap(([label, value]) => (value === null ? [] : [label.padEnd(LABEL_WIDTH) + value]));
  const lines = [...shown, '', 'Try it:', ...exampleLines(url, asked, strategy.isOpen())];
  process.stdout.write(`\n${lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')}\n\n`);
}

function exampleLines(url: string, asked: Asked, open: boolean): string[] {
  const name = 'models' in asked ? asked.models.find((model) => PLAIN_NAME.test(model)) : undefined;
  const body = { model: name ?? 'default', input: 'Reply exactly: pong', max_output_tokens: 32 };
  const key = open ? '' : ' -H "Authorization: Bearer $API_KEY"';
  return [
    ...(open ? [] : ['export API_KEY=…   # one of the keys']),
    `curl ${url}/v1/responses -H "content-type: application/json"${key} -d '${JSON.stringify(body)}'`,
  ];
}

async function listIds(upstream: UpstreamClient): Promise<Asked> {
  try {
    const models = await upstream.listModels();
    return { models: models.map(({ id }) => id) };
  } catch (error) {
    return { problem: describeFailure(error) };
  }
}

function describeFailure(error: unknown): string {
  const { message, cause } = error as Error;
  if (error instanceof GatewayError && !NOT_REACHED.includes(error.errorName)) {
    return `reached, but listing models failed: ${message}`;
  }
  const { code = '' } = (cause ?? error) as NodeJS.ErrnoException;
  return `not reached yet: ${REASONS[code] ?? (code || message)}`;
}

/** The host of a URL that reaches whoever listens on this address. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** What extensions have put in the place of defaults; null where there is nothing. */
function describeReplaced(app: NestExpressApplication): string | null {
  const replaced = replacedPoints(app).map(({ point, by, module }) => `${point} by ${by} (${module})`);
  return replaced.length === 0 ? null : replaced.join(', ');
}

function describeUpstream(app: NestExpressApplication, { name }: UpstreamClient): string {
  const target = app.get(UpstreamTarget);
  return target.isSimulator && name === target.name
    ? `${name} (not a language model): set UPSTREAM_BASE_URL to use your model server`
    : name;
}

function describeStore({ DATABASE_URL }: Environment): string {
  const target = parseDatabaseUrl(DATABASE_URL) ?? { kind: 'none' };
  return showDatabase(target) + STORE_NOTES[target.kind];
}

function describeMetrics(app: NestExpressApplication): string | null {
  if (app.get(Environment).METRICS_PORT === undefined) return null;
  const { address, port } = app.get(MetricsServer).address;
  return `http://${reachable(address)}:${port}/metrics`;
}

function describeAuth(strategy: AuthStrategy): string {
  if (strategy instanceof KeysAndTokensStrategy)
    return `bearer keys (${strategy.keys.keyCount}) and tokens of ${strategy.tokens.issuer}`;
  if (!(strategy instanceof ApiKeyStrategy)) return strategy.constructor.name;
  return strategy.isOpen()
    ? 'off, open to everyone: set API_KEYS to require a key'
    : `bearer keys (${strategy.keyCount})`;
}
