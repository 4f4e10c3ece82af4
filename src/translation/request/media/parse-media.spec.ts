import { messagesOf, refusalOf, translate } from '../../../../test/support/translation.js';
import { MODEL_PRESETS, type ModelPresetName } from '../../../contracts/model-profile.js';

const sound = { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } };
const film = { type: 'input_video', input_video: { data: 'AAAA', format: 'mp4' } };
const asUser = (...parts: unknown[]) => [{ role: 'user', content: parts }];
const sent = (part: unknown, preset: ModelPresetName = 'lmdeploy') => {
  const { chat, plan } = translate({ input: asUser(part) }, MODEL_PRESETS[preset]);
  return { content: chat.messages[0]?.content, ignored: plan.ignored };
};
const AUDIO_URL = { type: 'audio_url', audio_url: { url: 'data:audio/mpeg;base64,AAAA' } };
const VIDEO_URL = { type: 'video_url', video_url: { url: 'data:video/mp4;base64,AAAA' } };

describe('sound and films', () => {
  it.each<[ModelPresetName, unknown, unknown]>([
    ['lmdeploy', sound, AUDIO_URL],
    ['vllm', sound, AUDIO_URL],
    ['sglang', sound, AUDIO_URL],
    ['llamacpp', sound, sound],
    ['openai', sound, sound],
    [
      'openai',
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
    ],
    ['lmdeploy', film, VIDEO_URL],
    ['vllm', film, VIDEO_URL],
  ])('should go to %s in the part it takes: %j', (preset, part, expected) => {
    expect(sent(part, preset)).toEqual({ content: [expected], ignored: [] });
  });

  it.each<[ModelPresetName, unknown, RegExp, string]>([
    ['openai', film, /^\[A video was left out/, 'input:input_video'],
    ['llamacpp', film, /^\[A video was left out/, 'input:input_video'],
    [
      'openai',
      { type: 'audio_url', audio_url: { url: 'https://example.com/a.mp3' } },
      /^\[A sound was left out/,
      'input:input_audio',
    ],
  ])('should be a note with %s, and named, where it takes none: %j', (preset, part, content, name) => {
    expect(sent(part, preset)).toEqual({
      content: expect.stringMatching(content) as string,
      ignored: [name],
    });
  });

  it('should be a note where the profile says that the model has neither ears nor eyes', () => {
    const { chat, plan } = translate({ input: asUser(sound, film) }, { audioPart: null, vision: false });
    expect(chat.messages[0]?.content).toMatch(/sound was left out[\s\S]*video was left out/);
    expect(plan.ignored).toEqual(['input:input_audio', 'input:input_video']);
  });

  it.each([
    [{ type: 'audio_url', audio_url: { url: 'https://example.com/a.mp3' } }, 'https://example.com/a.mp3'],
    [{ type: 'input_audio', audio_url: 'https://example.com/a.mp3' }, 'https://example.com/a.mp3'],
    [{ type: 'input_audio', input_audio: { url: 'https://example.com/a.mp3' } }, 'https://example.com/a.mp3'],
    [
      { type: 'input_audio', input_audio: { data: 'data:audio/wav;base64,AAAA' } },
      'data:audio/wav;base64,AAAA',
    ],
  ])('should be taken in the forms that clients use: %j', (part, url) => {
    expect(sent(part).content).toEqual([{ type: 'audio_url', audio_url: { url } }]);
  });

  it('should follow the outputs of tools as images do', () => {
    const messages = messagesOf([
      { role: 'user', content: 'q' },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'here' }, sound] },
    ]);
    expect(messages.slice(2)).toEqual([
      { role: 'tool', tool_call_id: 'c', content: 'here' },
      { role: 'user', content: [AUDIO_URL] },
    ]);
  });

  it.each([
    [{ type: 'input_audio' }, 'input_audio'],
    [{ type: 'input_audio', input_audio: 'AAAA' }, 'input_audio'],
    [{ type: 'input_audio', input_audio: { data: '', format: 'wav' } }, 'input_audio.data'],
    [{ type: 'input_audio', input_audio: { data: 'AAAA' } }, 'input_audio.format'],
    [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav;x,' } }, 'input_audio.format'],
    [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'midi' } }, 'input_audio.data'],
    [{ type: 'input_audio', input_audio: { data: 'A*', format: 'wav' } }, 'input_audio.data'],
    [{ type: 'input_audio', input_audio: { url: 'http://10.0.0.1/' } }, 'input_audio.url'],
    [{ type: 'audio_url', audio_url: { url: 'http://[::1]/' } }, 'audio_url.url'],
    [{ type: 'video_url', video_url: { url: 'http://localhost/' } }, 'video_url.url'],
    [{ type: 'video_url', video_url: 'file:///a.mp4' }, 'video_url'],
    [{ type: 'video_url', video_url: 'data:image/png;base64,AAAA' }, 'video_url'],
    [{ type: 'input_video' }, 'input_video'],
  ])('should be refused with the path of what is wrong: %j', (part, field) => {
    expect(refusalOf(() => sent(part))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      param: `input[0].content[0].${field}`,
    });
  });

  it('should be refused with the format they name, whatever that is', () => {
    const part = { type: 'input_audio', input_audio: { data: 'AAAA', format: 'constructor' } };
    expect(refusalOf(() => sent(part))).toMatchObject({
      status: 400,
      message: "Data of type 'audio/constructor' is not accepted as audio.",
    });
  });
});
