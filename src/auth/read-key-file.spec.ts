import fc from 'fast-check';
import { readKeyFile } from './read-key-file.js';

const LABEL = 'API_KEYS_FILE=/etc/gateway/keys';
const DIGEST = 'ab'.repeat(32);

const problemsOf = (text: string, label = LABEL): string => {
  try {
    readKeyFile(text, label);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

describe('readKeyFile', () => {
  it('should read one key a line', () => {
    const { keys, tenants } = readKeyFile('# keys\none # of team one\n\n-two\n{three}\n', LABEL);
    expect(keys.map(({ key }) => key)).toEqual(['one', '-two', '{three}']);
    expect(tenants.size).toBe(0);
  });

  it.each([
    ['a list', '# keys\n\n- key: one\n', LABEL],
    ['a mapping', 'keys:\n  - key: one\n', LABEL],
    ['tenants first', 'tenants:\n  acme: {}\nkeys:\n  - key: one\n', LABEL],
    ['a document', '---\n- key: one\n', LABEL],
    ['any form, by the name of the file', '[{ key: one }]', `${LABEL}.yml`],
  ])('should read YAML: %s', (_what, text, label) => {
    expect(readKeyFile(text, label).keys).toMatchObject([{ key: 'one' }]);
  });

  it('should read all that there is to say', () => {
    const text = `
keys:
  - key: one
    id: build-server
    tenant: acme
    models: [small, large]
    requestsPerMinute: 60
    tokensPerMinute: 100000
    concurrent: 4
    expires: 2027-01-31
  - sha256: ${DIGEST}
    expires: 2027-01-31T12:00:00Z
tenants:
  acme: { requestsPerMinute: 600 }
`;
    const { keys, tenants } = readKeyFile(text, LABEL);
    expect(keys).toMatchObject([
      {
        key: 'one',
        id: 'build-server',
        tenant: 'acme',
        models: ['small', 'large'],
        requestsPerMinute: 60,
        tokensPerMinute: 100_000,
        concurrent: 4,
        expires: '2027-01-31',
      },
      { sha256: DIGEST, expires: '2027-01-31T12:00:00Z' },
    ]);
    expect([...tenants]).toMatchObject([['acme', { requestsPerMinute: 600 }]]);
  });

  it.each([
    ['- { id: a }', 'keys[0]: must have either key or sha256'],
    [`- { key: secret, sha256: ${DIGEST} }`, 'keys[0]: must have either key or sha256'],
    ['- secret', 'keys[0]: must be a mapping'],
    ['- { key: "secret with spaces" }', 'keys[0].key: must be printable'],
    ['- { key: 12345 }', 'keys[0].key: must be printable'],
    ['- { sha256: secret }', 'keys[0].sha256: must be 64'],
    ['- { key: secret, id: a b }', 'keys[0].id: must be'],
    [
      '- { key: secret, secret: 1 }',
      'keys[0]: has a field that there is not; there are models, requestsPerMinute, tokensPerMinute, concurrent, key, ',
    ],
    ['- { key: secret, requestsPerMinute: 0 }', 'keys[0].requestsPerMinute: '],
    ['- { key: secret, tokensPerMinute: 1.5 }', 'keys[0].tokensPerMinute: '],
    ['- { key: secret, concurrent: many }', 'keys[0].concurrent: '],
    ['- { key: secret, models: small }', 'keys[0].models: '],
    ['- { key: secret, expires: tomorrow }', 'keys[0].expires: '],
    ['- { key: secret, expires: 2027-02-30 }', 'keys[0].expires: '],
    ['- { key: secret, expires: 2027-W01 }', 'keys[0].expires: '],
    ['- { key: secret, expires: "2027-01-31T12:00:00" }', 'keys[0].expires: must say its time zone'],
    ['- { key: secret }\n- { key: secret }', 'keys[1]: is the same key as keys[0]'],
    ['- { key: secret, id: a }\n- { key: other, id: a }', 'keys[1].id: is that of keys[0] too'],
    ['keys: secret', 'keys: must be a list'],
    ['keys: []\nsecret: 1', 'must hold keys and tenants alone'],
    ['keys: []\ntenants: [secret]', 'tenants: must be a mapping'],
    ['tenants:\n  acme: { secret: 1 }', 'tenants.acme: has a field that there is not; there are models, '],
    ['tenants:\n  acme: { requestsPerMinute: none }', 'tenants.acme.requestsPerMinute: '],
    ['keys:\n  - { key: secret, tenant: acne }\ntenants:\n  acme: {}', 'keys[0].tenant: is none of tenants'],
    ['- key: "secret', 'is no YAML in line 1'],
  ])('should refuse %j', (text, problem) => {
    const message = problemsOf(text);
    expect(message).toContain(problem);
    expect(message).toMatch(/^API_KEYS_FILE=/);
    expect(message).not.toContain('secret');
  });

  it('should let a key name any tenant where there are limits for any', () => {
    expect(problemsOf('keys:\n  - { key: one, tenant: acme }\ntenants:\n  "*": {}')).toBe('none');
  });

  it('should read or refuse any text, and show none of it', () => {
    const secret = 'sk-0123456789abcdef';
    const text = fc.string().map((noise) => `- key: ${secret}\n${noise.replaceAll('API_KEYS_FILE', '')}`);
    fc.assert(
      fc.property(text, (any) => {
        expect(problemsOf(any)).not.toContain(secret);
      }),
    );
  });
});
