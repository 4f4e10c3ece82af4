const LOGPROB = -0.1;
const ALTERNATIVE_LOGPROB = -2.5;

const bytes = (token: string) => [...Buffer.from(token)];

/** Made-up log probabilities: every token is likely, and of the `top` candidates it is the first. */
export function tokenLogprobs(tokens: string[], top: number): object {
  return {
    content: tokens.map((token) => ({
      token,
      bytes: bytes(token),
      logprob: LOGPROB,
      top_logprobs: Array.from({ length: Math.max(0, top - 1) }, (_, index) => {
        const other = index === 0 ? 'alt' : `alt${index + 1}`;
        return { token: other, bytes: bytes(other), logprob: ALTERNATIVE_LOGPROB - index };
      }),
    })),
  };
}
