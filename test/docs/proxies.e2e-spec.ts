import { readFileSync } from 'node:fs';

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const directives = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

describe('docs/deploy/proxies.md', () => {
  it('should say of nginx what the Compose file says', () => {
    const [, snippet = ''] = /^```nginx\n([\s\S]*?)^```$/m.exec(read('docs/deploy/proxies.md')) ?? [];
    const own = directives(read('deploy/nginx/nginx.conf'));
    const shown = directives(snippet).filter((line) => !line.startsWith('server gateway-'));
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.filter((line) => !own.includes(line))).toEqual([]);
  });
});
