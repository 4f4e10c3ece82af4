import { createHmac } from 'node:crypto';

/**
 * The headers of Standard Webhooks. Receivers refuse what was signed minutes ago, so that each attempt is signed anew.
 *
 * @param id the same at each attempt: receivers know by it what they have had
 * @param secret `whsec_<base64>`
 * @param now ms
 */
export function signWebhook(id: string, body: string, secret: string, now: number): Record<string, string> {
  const timestamp = String(Math.floor(now / 1_000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}
