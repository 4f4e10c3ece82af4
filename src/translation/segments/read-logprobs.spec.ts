import { readLogprobs } from './read-logprobs.js';

describe('reading logprobs', () => {
  it('should keep what a server sends', () => {
    const entry = {
      token: 'a',
      logprob: -0.1,
      bytes: [97],
      top_logprobs: [{ token: 'b', logprob: -2, bytes: [98] }],
    };
    expect(readLogprobs([entry])).toEqual([entry]);
  });

  it('should make bytes of the token where there are none', () => {
    expect(
      readLogprobs([
        { token: 'é', logprob: 0, bytes: null },
        { token: '', logprob: 0 },
      ]),
    ).toEqual([
      { token: 'é', logprob: 0, bytes: [195, 169], top_logprobs: [] },
      { token: '', logprob: 0, bytes: [], top_logprobs: [] },
    ]);
  });

  it('should give alternatives the same form', () => {
    const [entry] = readLogprobs([{ token: 'a', logprob: 0, top_logprobs: [{ token: 'b', logprob: -1 }] }]);
    expect(entry?.top_logprobs).toEqual([{ token: 'b', logprob: -1, bytes: [98] }]);
    expect(readLogprobs([{ token: 'a', logprob: 0, top_logprobs: null }])[0]?.top_logprobs).toEqual([]);
  });
});
