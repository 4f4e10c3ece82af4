import { isObject, type RawObject } from '../../contracts/raw-object.js';

/**
 * Which items belong together: a call and its output, a request for approval and its answer.
 *
 * @returns for the place of each of the two the place of the other; where ids are used again, outputs answer the calls in their order
 */
export function pairCalls(items: readonly unknown[]): ReadonlyMap<number, number> {
  const partners = new Map<number, number>();
  const waiting = new Map<string, number[]>();
  items.forEach((item, index) => {
    if (!isObject(item)) return;
    const asked = idAsked(item);
    if (asked !== null) {
      const others = waiting.get(asked);
      if (others) others.push(index);
      else waiting.set(asked, [index]);
    }
    const answered = idAnswered(item);
    const call = answered === null ? undefined : waiting.get(answered)?.shift();
    if (call === undefined) return;
    partners.set(call, index);
    partners.set(index, call);
  });
  return partners;
}

function idAsked({ type, id, call_id: callId }: RawObject): string | null {
  if (type === 'mcp_approval_request') return textOrNull(id);
  return isOfKind(type, '_call') ? textOrNull(callId) : null;
}

function idAnswered({ type, call_id: callId, approval_request_id: approvalId }: RawObject): string | null {
  if (type === 'mcp_approval_response') return textOrNull(approvalId);
  return isOfKind(type, '_output') ? textOrNull(callId) : null;
}

function isOfKind(type: unknown, ending: string): boolean {
  return typeof type === 'string' && type.endsWith(ending);
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
