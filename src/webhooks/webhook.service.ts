import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { Agent } from 'undici';
import { Environment } from '../config/environment.js';
import { RedisConnections } from '../coordination/redis/redis-connections.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import { IdGenerator } from '../ids/id-generator.js';
import { type WatchedFile, WatchedFiles } from '../reload/watched-files.service.js';
import { BullDeliveries } from './bull-deliveries.js';
import type { Deliveries, Delivery } from './deliveries.js';
import { postWebhook } from './post-webhook.js';
import { signWebhook } from './sign-webhook.js';
import { TimedDeliveries } from './timed-deliveries.js';
import { parseWebhooksFile, type WebhookEndpoint, type WebhookEventType } from './webhooks-file.js';

const CONNECTIONS = 16;

/** Tells the endpoints of WEBHOOKS_FILE, at least once and in no order, how background responses have ended. */
@Injectable()
export class WebhookService implements OnModuleInit, OnApplicationShutdown {
  private readonly file: WatchedFile<readonly WebhookEndpoint[]>;
  private readonly isOn: boolean;
  private readonly agent = new Agent({ connections: CONNECTIONS });
  private readonly timed: TimedDeliveries;
  private deliveries: Deliveries;

  constructor(
    { WEBHOOKS_FILE }: Environment,
    files: WatchedFiles,
    @InjectExtension(IdGenerator) private readonly ids: IdGenerator,
    @Inject(RedisConnections) private readonly connections: RedisConnections | null,
    private readonly logger: PinoLogger,
  ) {
    logger.setContext(WebhookService.name);
    this.file = files.openIfNamed<readonly WebhookEndpoint[]>(
      'WEBHOOKS_FILE',
      WEBHOOKS_FILE,
      parseWebhooksFile,
      [],
    );
    this.isOn = WEBHOOKS_FILE !== undefined;
    this.timed = new TimedDeliveries(this.attempt, logger);
    this.deliveries = this.timed;
  }

  async onModuleInit(): Promise<void> {
    if (this.isOn && this.connections)
      this.deliveries = await BullDeliveries.open(this.connections, this.attempt);
  }

  async onApplicationShutdown(): Promise<void> {
    this.timed.close();
    await this.agent.destroy();
  }

  /** Never throws: what cannot be queued is delivered from here. */
  async notify(type: WebhookEventType, responseId: string): Promise<void> {
    const endpoints = this.file.current.filter(({ events }) => events.includes(type));
    if (endpoints.length === 0) return;
    const id = this.ids.next('evt');
    const created_at = Math.floor(Date.now() / 1_000);
    const body = JSON.stringify({ id, object: 'event', created_at, type, data: { id: responseId } });
    for (const { url } of endpoints) {
      const delivery = { id, url, body };
      await this.deliveries.add(delivery).catch(() => this.timed.add(delivery));
    }
  }

  private readonly attempt = async ({ id, url, body }: Delivery, isLast: boolean): Promise<boolean> => {
    const endpoint = this.file.current.find((known) => known.url === url);
    // It was taken out of the file.
    if (!endpoint) return true;
    const headers = signWebhook(id, body, endpoint.secret, Date.now());
    const outcome = await postWebhook(url, body, headers, this.agent).catch(
      (error: unknown) => error as Error,
    );
    if (typeof outcome === 'number' && outcome >= 200 && outcome < 300) return true;
    // The path may be a secret of its own.
    const { origin } = new URL(url);
    const why = typeof outcome === 'number' ? `status ${outcome}` : outcome.message;
    if (isLast) this.logger.error(`webhook ${id} to ${origin} was given up: ${why}`);
    else this.logger.warn(`webhook ${id} to ${origin} has not arrived, and is sent again: ${why}`);
    return false;
  };
}
