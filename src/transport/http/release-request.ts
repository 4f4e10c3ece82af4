import type { Request } from 'express';

/**
 * Lets go of what only the way to the handler needed, and what would live as long as the answer: the parsed body, which may be
 * megabytes, and the router, with all that it had to try.
 */
export function releaseRequest(request: Request): void {
  request.body = undefined;
  request.next = undefined;
}
