import type { ChatLogprob } from '../../contracts/chat-completions.js';
import type { Segment } from '../vocabulary/segment.js';
import { LogprobReader, readLogprobs } from './read-logprobs.js';

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

  it('should pass over entries without a token', () => {
    const broken = [null, {}, { token: null, logprob: -1 }] as unknown as ChatLogprob[];
    const top_logprobs = [...broken, { token: 'b', logprob: -2 }];
    const entries = readLogprobs([...broken, { token: 'a', logprob: -1, top_logprobs }]);
    expect(entries.map(({ token }) => token)).toEqual(['a']);
    expect(entries[0]?.top_logprobs.map(({ token }) => token)).toEqual(['b']);
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

describe('the logprobs of a text', () => {
  const entry = (token: string, bytes = [...Buffer.from(token)]) => ({ token, logprob: -1, bytes });
  const texts = (text: string, reasoning: string): Segment[] => [
    ...(reasoning === '' ? [] : [{ kind: 'reasoning' as const, text: reasoning }]),
    ...(text === '' ? [] : [{ kind: 'text' as const, text }]),
  ];
  const attach = (
    reader: LogprobReader,
    entries: ChatLogprob[],
    text: string,
    reasoning = '',
    hasCalls = false,
  ) => {
    const segments = reader.attach(entries, texts(text, reasoning), hasCalls);
    return segments.flatMap((segment) => (segment.kind === 'text' ? (segment.logprobs ?? []) : []));
  };
  const read = (tokens: string[], text: string, reasoning = '', hasCalls = false) =>
    attach(
      new LogprobReader(),
      tokens.map((token) => entry(token)),
      text,
      reasoning,
      hasCalls,
    ).map(({ token }) => token);

  it('should be all where the text is all', () => {
    expect(read(['po', 'ng'], 'pong')).toEqual(['po', 'ng']);
  });

  it('should leave out those of reasoning, tags, calls and the end', () => {
    const tokens = [
      '<think>',
      'po',
      'ng',
      '</think>',
      '\n',
      'po',
      'ng',
      '<call>',
      'pong',
      '</call>',
      '<|end|>',
    ];
    expect(read(tokens, '\npong', 'pong', true)).toEqual(['\n', 'po', 'ng']);
    expect(read(tokens, 'pong', 'pong', true)).toEqual(['po', 'ng']);
    expect(read(['po', 'ng', '<|end|>'], 'pong')).toEqual(['po', 'ng']);
  });

  it('should prefer the place where a token begins', () => {
    expect(read(['<think>', 'hm', '</think>', 'think'], 'think', 'hm')).toEqual(['think']);
  });

  it('should include a token that is only partly of the text', () => {
    expect(read(['hm', '</think>\n\nso', ' it is'], '\n\nso it is', 'hm')).toEqual([
      '</think>\n\nso',
      ' it is',
    ]);
  });

  it('should be none rather than wrong ones', () => {
    expect(read(['x', 'y'], 'pong', 'x')).toEqual([]);
    expect(read(['x', 'y'], 'pong', '', true)).toEqual([]);
    expect(read(['pong '], 'pong!')).toEqual(['pong ']);
  });

  it('should compare bytes, for a token may be a part of a character', () => {
    const [first, second] = [entry('\ufffd', [0xf0, 0x9f]), entry('\ufffd', [0x98, 0x80])];
    const tokens = [entry('hm'), entry('</think>'), first, second];
    expect(attach(new LogprobReader(), tokens, '😀', 'hm')).toMatchObject([first, second]);
  });

  it('should wait for a text that the server holds back', () => {
    const reader = new LogprobReader();
    attach(reader, [entry('<')], '');
    expect(attach(reader, [entry('b')], '<b')).toMatchObject([{ token: '<' }, { token: 'b' }]);
    attach(reader, [entry('</think>')], '');
    expect(attach(reader, [entry('so')], 'so')).toMatchObject([{ token: 'so' }]);
    attach(reader, [entry('<call>')], '', '', true);
    expect(attach(reader, [entry('so')], 'so')).toMatchObject([{ token: 'so' }]);
  });

  it('should be numbers and lists of bytes whatever the server sends', () => {
    const wrong = { token: 'a', logprob: null, bytes: {} } as unknown as ChatLogprob;
    expect(readLogprobs([wrong])).toEqual([{ token: 'a', logprob: -9999, bytes: [97], top_logprobs: [] }]);
  });
});
