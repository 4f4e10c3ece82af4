import type { Attempt } from './attempt.js';
import type { UpstreamServer } from './upstream-server.js';
import type { ForwardedAnswer, UpstreamAnswer } from './upstream.client.js';

/** What a failover has to know of the answers to one kind of request. Refusals are errors, so every answer is a good one. */
export interface AnswerKind<T> {
  /** Where it goes on behind the end of its Observable. */
  keep?(answer: T, attempt: Attempt): void;
  /** Puts in the server's name, where it stands in the answer. */
  name(answer: T, server: UpstreamServer): T;
}

export const CHAT: AnswerKind<UpstreamAnswer> = {
  name: ({ chunks }, { label }) => ({ upstream: label, chunks }),
};

export const COUNT: AnswerKind<number | null> = { name: (count) => count };

export const FORWARDED: AnswerKind<ForwardedAnswer> = {
  keep: ({ body }, attempt) => {
    attempt.keepUntil((over) => {
      body.once('close', () => {
        over(body.errored !== null);
      });
    });
  },
  name: (answer, { label }) => ({ ...answer, upstream: label }),
};
