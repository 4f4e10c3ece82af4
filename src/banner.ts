import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Environment } from './config/environment.js';
import { UpstreamTarget } from './upstream/upstream-target.js';

/** Tells the person who started it where it listens, what it talks to, and what to try. */
export function printBanner(app: NestExpressApplication): void {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const { HOST, API_KEYS, API_KEYS_FILE } = app.get(Environment);
  const target = app.get(UpstreamTarget);
  const isOpen = !API_KEYS && !API_KEYS_FILE;
  const url = `http://${HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST}:${port}`;
  const lines = [
    '',
    `  Responses gateway   ${url}/v1/responses`,
    `  Upstream            ${target.isSimulator ? 'built-in LMDeploy simulator: no language model; set UPSTREAM_BASE_URL to use yours' : target.name}`,
    `  Auth                ${isOpen ? 'off (set API_KEYS to switch it on)' : 'bearer keys'}`,
    '',
    '  Try it:',
    `  curl ${url}/v1/responses -H "content-type: application/json"${isOpen ? '' : ' -H "Authorization: Bearer $API_KEY"'} -d '{"model":"default","input":"Reply exactly: pong","max_output_tokens":32}'`,
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
