import {
  apiDocument,
  type DescribedAnswer,
  prepareValidators,
  resolved,
  validateAs,
  validateEvent,
  validateWith,
} from './api-document.js';
import type { JsonAnswer } from './http-client.js';
import { show } from './json.js';

/** Origins of gateways that answer as they are described. */
const gateways = new Set<string>();

/** From now on every answer that a test gets from this gateway is held to openapi/openapi.yaml. */
export function holdToDocument(url: string): void {
  prepareValidators();
  gateways.add(new URL(url).host);
}

/** @throws Error that lists what the document does not allow; not for servers that are no gateway */
export function checkAnswer(method: string, url: string, answer: JsonAnswer): void {
  const { host, pathname } = new URL(url);
  if (!gateways.has(host) || method === 'HEAD' || method === 'OPTIONS') return;
  report(violations(method, pathname, answer), `${method} ${pathname} (${answer.status})`, answer.body);
}

/** @throws Error that lists what the document does not allow */
export function checkEvent(url: string, event: unknown): void {
  if (gateways.has(new URL(url).host)) report(validateEvent(event), 'An event', event);
}

/** How the document describes the answers to a request; undefined where it does not know it. */
function findAnswers(method: string, path: string): Record<string, DescribedAnswer> | undefined {
  const { paths } = apiDocument();
  const template = path in paths ? path : Object.keys(paths).find((each) => pattern(each).test(path));
  return paths[template ?? '']?.[method.toLowerCase()]?.responses;
}

/** An id of a model may have slashes in it, others have not. */
function pattern(template: string): RegExp {
  const id = template === '/v1/models/{id}' ? '.+' : '[^/]+';
  return new RegExp(`^${template.replace(/\{\w+\}/g, id)}$`);
}

function violations(method: string, path: string, answer: JsonAnswer): string[] {
  const { status, headers, body } = answer;
  if (status >= 400) return validateAs('Error', body);
  const answers = findAnswers(method, path);
  if (!answers) return [];
  const described = resolved(answers[status]);
  if (!described) return [`status ${status} is not described`];
  const undescribed = Object.keys(headers).filter(
    (name) => name.startsWith('x-gateway-') && !(name in (described.headers ?? {})),
  );
  return [
    ...undescribed.map((name) => `the header ${name} is not described`),
    ...(described.content ? violationsOfBody(described.content, answer) : []),
  ];
}

function violationsOfBody(
  content: NonNullable<DescribedAnswer['content']>,
  { headers, body }: JsonAnswer,
): string[] {
  const type = headers['content-type']?.split(';')[0] ?? '';
  const media = content[type];
  if (!media) return [`${type} is not described`];
  return type === 'application/json' ? validateWith(media.schema, body) : [];
}

function report(problems: readonly string[], what: string, value: unknown): void {
  if (problems.length === 0) return;
  throw new Error(
    `${what} is not as openapi/openapi.yaml has it:\n  ${problems.join('\n  ')}\n${show(value)}`,
  );
}
