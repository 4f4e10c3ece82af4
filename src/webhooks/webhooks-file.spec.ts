import { parseWebhooksFile } from './webhooks-file.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const read = (text: string) => parseWebhooksFile(text, 'WEBHOOKS_FILE=w.yaml');
const entryOf = (url: string, secret = SECRET, events = '[response.completed]'): string =>
  `- url: ${url}\n  secret: ${secret}\n  events: ${events}\n`;

describe('parseWebhooksFile', () => {
  it('should read a list of endpoints, also of private addresses without TLS', () => {
    const text =
      entryOf('https://example.com/hook') + entryOf('http://10.0.0.1/', SECRET, '[response.failed]');
    expect(read(text)).toEqual([
      { url: 'https://example.com/hook', secret: SECRET, events: ['response.completed'] },
      { url: 'http://10.0.0.1/', secret: SECRET, events: ['response.failed'] },
    ]);
  });

  it.each([
    ['url: x', 'must be a list of url, secret and events'],
    ['- x', '[0]: must be a mapping of url, secret and events'],
    [entryOf('ftp://x'), '[0].url: must be a URL that begins with https:// or http://'],
    [entryOf('https://user:pw@x/'), '[0].url: must be'],
    [entryOf('https://x', 'whsec_c2hvcnQ='), '[0].secret: must be whsec_ and 24 to 64 bytes in base64'],
    [entryOf('https://x', SECRET, '[]'), '[0].events: '],
    [entryOf('https://x', SECRET, '[batch.completed]'), '[0].events: each value in events must be one of'],
    [entryOf('https://x') + entryOf('https://y') + '  more: 1', '[1].more: is unknown'],
    [entryOf('https://x') + '- url: [', 'is no YAML in line'],
  ])('should say what is wrong with %j', (text, message) => {
    expect(() => read(text)).toThrow(/^WEBHOOKS_FILE=w\.yaml: ?/);
    expect(() => read(text)).toThrow(message);
  });

  it.each([entryOf('https://x', 'hunter2'), '- secret: hunter2\n  secret: "hunter2'])(
    'should not show a secret: %j',
    (text) => {
      let message = '';
      try {
        read(text);
      } catch (error) {
        ({ message } = error as Error);
      }
      expect(message).toContain('WEBHOOKS_FILE');
      expect(message).not.toContain('hunter2');
    },
  );
});
