import { readContextWindow } from './read-context-window.js';

const listed = (more: object) => ({ id: 'm', object: 'model', created: 0, owned_by: 'x', ...more });

describe('readContextWindow', () => {
  it.each<[object, number | null]>([
    [{ max_model_len: 32_768 }, 32_768],
    [{ meta: { n_ctx: 8_192, n_ctx_train: 131_072 } }, 8_192],
    [{ max_model_len: 32_768, meta: { n_ctx: 8_192 } }, 32_768],
    [{ max_model_len: null, meta: { n_ctx: 8_192 } }, 8_192],
    [{ meta: { n_ctx_train: 131_072 } }, null],
    [{ meta: null }, null],
    [{ max_model_len: '4096' }, null],
    [{ max_model_len: 0 }, null],
    [{ max_model_len: -1, meta: { n_ctx: 0 } }, null],
    [{ max_model_len: 1.5 }, null],
    [{}, null],
  ])('should read %j as %j', (more, window) => {
    expect(readContextWindow(listed(more))).toBe(window);
  });

  it('should not know that of a model that is not listed', () => {
    expect(readContextWindow(undefined)).toBeNull();
  });
});
