import { holdLease, type LeaseHold } from '../coordination/hold-lease.js';
import type { Lease } from '../coordination/lease.js';
import { GatewayError } from '../errors/gateway-error.js';

/** Which conversation is taken, and for how long where it is neither renewed nor released, ms. */
export interface ConversationLock {
  tenant: string;
  id: string;
  forMs: number;
  /** Who takes it, also once more elsewhere; absent: nobody that could come again. */
  holder?: string;
}

/**
 * Takes a conversation, which has one writer at a time: a response that is to be appended to it, or a call that changes its items.
 *
 * @throws GatewayError `conversation_locked` where another one has it
 */
export async function lockConversation(lease: Lease, lock: ConversationLock): Promise<LeaseHold> {
  const hold = await holdLease(lease, conversationLease(lock.tenant, lock.id), lock.forMs, lock.holder);
  if (hold) return hold;
  throw new GatewayError('conversation_locked', { param: 'conversation' });
}

/** Gives back a conversation that somebody has taken who did not come to it. What another one has stays with that one. */
export async function freeConversation(lease: Lease, lock: ConversationLock): Promise<void> {
  const held = await lease.acquire(conversationLease(lock.tenant, lock.id), lock.forMs, lock.holder);
  await held?.release();
}

/** The name of the lease that whoever changes a conversation holds. */
export function conversationLease(tenant: string, id: string): string {
  return `conversation:${tenant}:${id}`;
}
