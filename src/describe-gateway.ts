import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ApiKeyStrategy } from './auth/api-key.strategy.js';
import { AuthStrategy } from './auth/auth-strategy.js';
import type { GatewayFacts } from './banner.js';
import { Environment } from './config/environment.js';
import { inForce } from './config/extension-point.js';
import { UpstreamClient } from './upstream/upstream.client.js';

/** @param app one that listens */
export function describeGateway(app: NestExpressApplication): GatewayFacts {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const { HOST } = app.get(Environment);
  const upstream = app.get<UpstreamClient>(inForce(UpstreamClient), { strict: false });
  const strategy = app.get<AuthStrategy>(inForce(AuthStrategy), { strict: false });
  return {
    url: `http://${reachable(HOST)}:${port}`,
    upstream: upstream.name,
    auth: describeAuth(strategy),
    isOpen: strategy instanceof ApiKeyStrategy && strategy.isOpen,
  };
}

/** The host of a URL that reaches whoever listens on this address. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function describeAuth(strategy: AuthStrategy): string {
  if (!(strategy instanceof ApiKeyStrategy)) return strategy.constructor.name;
  return strategy.isOpen ? 'off (set API_KEYS to switch it on)' : 'bearer keys';
}
