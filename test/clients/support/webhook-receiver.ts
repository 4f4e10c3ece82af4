import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface WebhookRequest {
  headers: Record<string, string>;
  body: string;
}

/** What WEBHOOKS_FILE names: it keeps all that it is told. */
export class WebhookReceiver {
  readonly secret = `whsec_${randomBytes(32).toString('base64')}`;
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'webhooks-'));
  /** The WEBHOOKS_FILE. */
  readonly file = path.join(this.folder, 'webhooks.yaml');
  private readonly got: WebhookRequest[] = [];
  private readonly arrivals = new EventEmitter();
  private readonly server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      this.got.push({ headers: request.headers as Record<string, string>, body });
      response.writeHead(204).end();
      this.arrivals.emit('request');
    });
  });

  async start(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    writeFileSync(
      this.file,
      `- url: http://127.0.0.1:${port}/hook
  secret: ${this.secret}
  events: [response.completed, response.failed, response.cancelled, response.incomplete]
`,
    );
  }

  /** Resolves with the request that tells this of the response, also when it came already. */
  async next(type: string, responseId: string): Promise<WebhookRequest> {
    for (;;) {
      const found = this.got.find(({ body }) => {
        const event = JSON.parse(body) as { type: string; data: { id: string } };
        return event.type === type && event.data.id === responseId;
      });
      if (found) return found;
      await once(this.arrivals, 'request');
    }
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
