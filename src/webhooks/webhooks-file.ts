import { plainToInstance } from 'class-transformer';
import { ArrayNotEmpty, IsArray, IsIn, ValidateBy, validateSync } from 'class-validator';
import { describeProblems, refuseIfAny } from '../config/describe-problems.js';
import { parseUrl } from '../config/parse-url.js';
import { parseYaml } from '../config/parse-yaml.js';

/** What a webhook can tell of: how a background response has ended. */
export const WEBHOOK_EVENTS = [
  'response.completed',
  'response.failed',
  'response.cancelled',
  'response.incomplete',
] as const;
export type WebhookEventType = (typeof WEBHOOK_EVENTS)[number];

/** Bytes of a secret, after Standard Webhooks. */
const [SHORTEST, LONGEST] = [24, 64];
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** Where events are sent. */
export class WebhookEndpoint {
  /** The operator has written it: it may point to a private address, and do without TLS. */
  @Holds(isUrl, 'must be a URL that begins with https:// or http://, without user and password')
  url!: string;

  @Holds(isSecret, `must be whsec_ and ${SHORTEST} to ${LONGEST} bytes in base64`)
  secret!: string;

  @IsArray()
  @ArrayNotEmpty()
  @IsIn(WEBHOOK_EVENTS, { each: true })
  events!: WebhookEventType[];
}

/**
 * Reads the text of WEBHOOKS_FILE.
 *
 * @param path begins each message
 * @throws Error naming the path of every wrong or unknown field, never a secret
 */
export function parseWebhooksFile(text: string, path: string): WebhookEndpoint[] {
  const raw = parseYaml(text, path);
  if (!Array.isArray(raw)) throw new Error(`${path}: must be a list of url, secret and events`);
  const problems = raw.flatMap((entry, index) => findProblems(entry, `[${index}]`));
  refuseIfAny(problems, path);
  return raw as WebhookEndpoint[];
}

function findProblems(entry: unknown, path: string): string[] {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    return [`${path}: must be a mapping of url, secret and events`];
  const endpoint = plainToInstance(WebhookEndpoint, entry);
  return describeProblems(validateSync(endpoint, { whitelist: true, forbidNonWhitelisted: true }), path);
}

function isUrl(text: string): boolean {
  const url = parseUrl(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

function isSecret(text: string): boolean {
  const [, base64 = ''] = SECRET.exec(text) ?? [];
  const { length } = Buffer.from(base64, 'base64');
  return length >= SHORTEST && length <= LONGEST;
}

function Holds(isRight: (text: string) => boolean, message: string): PropertyDecorator {
  return ValidateBy({
    name: isRight.name,
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isRight(value),
      defaultMessage: () => message,
    },
  });
}
