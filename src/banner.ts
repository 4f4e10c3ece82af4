import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ApiKeyStrategy } from './auth/api-key.strategy.js';
import { AuthStrategy } from './auth/auth-strategy.js';
import { Environment } from './config/environment.js';
import { replacedPoints } from './extension/check-extensions.js';
import { extensionToken } from './extension/extension-point.js';
import { UpstreamClient } from './upstreams/upstream.client.js';

/** Tells the person who started it where it listens, what it talks to, and what to try. @param app one that listens */
export function printBanner(app: NestExpressApplication): void {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const { HOST } = app.get(Environment);
  const upstream = app.get<UpstreamClient>(extensionToken(UpstreamClient), { strict: false });
  const strategy = app.get<AuthStrategy>(extensionToken(AuthStrategy), { strict: false });
  const isOpen = strategy instanceof ApiKeyStrategy && strategy.isOpen;
  const url = `http://${reachable(HOST)}:${port}`;
  const lines = [
    '',
    `  Responses gateway   ${url}/v1/responses`,
    `  Upstream            ${upstream.name}`,
    `  Auth                ${describeAuth(strategy)}`,
    ...describeReplaced(app),
    '',
    '  Try it:',
    `  curl ${url}/v1/responses -H "content-type: application/json"${isOpen ? '' : ' -H "Authorization: Bearer $API_KEY"'} -d '{"model":"default","input":"Reply exactly: pong","max_output_tokens":32}'`,
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** The host of a URL that reaches whoever listens on this address. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** What extensions have put in the place of defaults; no line where there is nothing. */
function describeReplaced(app: NestExpressApplication): string[] {
  const replaced = replacedPoints(app).map(({ point, by, module }) => `${point} by ${by} (${module})`);
  return replaced.length === 0 ? [] : [`  Replaced            ${replaced.join(', ')}`];
}

function describeAuth(strategy: AuthStrategy): string {
  if (!(strategy instanceof ApiKeyStrategy)) return strategy.constructor.name;
  return strategy.isOpen ? 'off (set API_KEYS to switch it on)' : 'bearer keys';
}
