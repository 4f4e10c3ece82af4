import type { ChatModel } from '../contracts/chat-completions.js';

/**
 * Tokens a model can take in and write, as its server lists it: vLLM's and SGLang's `max_model_len`, llama.cpp's `meta.n_ctx` (how it
 * was started; `n_ctx_train` is what it could be).
 *
 * @returns null where the server does not say
 */
export function readContextWindow(model: ChatModel | undefined): number | null {
  const { max_model_len, meta } = model ?? ({} as Partial<ChatModel>);
  const { n_ctx } = (meta ?? {}) as { n_ctx?: unknown };
  return [max_model_len, n_ctx].find(isCount) ?? null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
