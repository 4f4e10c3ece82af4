import { isObject, type RawObject } from '../../contracts/raw-object.js';
import { invalidRequest } from '../../errors/gateway-error.js';

/** A call that the client allows with this request. */
export interface Approval {
  /** Id of the request for approval. */
  approvalId: string;
  label: string;
  name: string;
  /** JSON text, as the model wrote it. */
  arguments: string;
}

/** What a model says once it was asked again; its calls may stand in the same turn as the request for approval. */
const ANSWERED = new Set<unknown>(['reasoning', 'compaction', 'mcp_call', 'mcp_list_tools']);

/**
 * The calls that an input allows and that were not carried out yet. What stands before something that the model has said was decided
 * in an earlier request: a client that does not send back the call itself must not have it run once more.
 *
 * @param input items of the request, with all that they continue
 * @throws GatewayError (400) for an answer to no request, or a second answer to one
 */
export function readApprovals(input: unknown): Approval[] {
  if (!Array.isArray(input)) return [];
  const items = input.filter(isObject);
  const answers = items.slice(items.findLastIndex(isOfModel) + 1).filter(isAnswer);
  if (answers.length === 0) return [];
  const requests = new Map<unknown, RawObject>();
  const answered = new Set<unknown>();
  for (const item of items) {
    if (item.type === 'mcp_approval_request' && !requests.has(item.id)) requests.set(item.id, item);
    else if (item.type === 'mcp_call') answered.add(item.approval_request_id);
  }
  return answers.flatMap((answer) => {
    const id = answer.approval_request_id;
    if (typeof id !== 'string') {
      throw invalidRequest(
        'input',
        'An mcp_approval_response needs the approval_request_id that it answers.',
      );
    }
    const request = requests.get(id);
    if (!request) throw invalidRequest('input', `No approval request found with id '${id}'.`);
    if (answered.has(id)) {
      throw invalidRequest('input', `The approval request with id '${id}' was answered already.`);
    }
    answered.add(id);
    if (typeof answer.approve !== 'boolean')
      throw invalidRequest(
        'input',
        `The answer to the approval request '${id}' needs approve: true or false.`,
      );
    return answer.approve ? [approvalOf(id, request)] : [];
  });
}

function approvalOf(
  approvalId: string,
  { server_label: label, name, arguments: given }: RawObject,
): Approval {
  if (typeof label !== 'string' || typeof name !== 'string' || typeof given !== 'string') {
    throw invalidRequest('input', `The approval request with id '${approvalId}' does not say what to call.`);
  }
  return { approvalId, label, name, arguments: given };
}

function isAnswer({ type }: RawObject): boolean {
  return type === 'mcp_approval_response';
}

function isOfModel({ type, role }: RawObject): boolean {
  if (type === undefined || type === null || type === 'message') return role === 'assistant';
  return ANSWERED.has(type);
}
