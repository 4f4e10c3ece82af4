import { type DatabaseTarget, parseDatabaseUrl, showDatabase, showServer } from './store-urls.js';

describe('parseDatabaseUrl', () => {
  it.each<[string, DatabaseTarget]>([
    ['none', { kind: 'none' }],
    ['memory:', { kind: 'memory' }],
    ['file:gateway.db', { kind: 'file', path: 'gateway.db' }],
    ['file:data/gateway.db', { kind: 'file', path: 'data/gateway.db' }],
    ['file:../gateway.db', { kind: 'file', path: '../gateway.db' }],
    ['file:/data/gateway.db', { kind: 'file', path: '/data/gateway.db' }],
    ['file:///data/gateway.db', { kind: 'file', path: '/data/gateway.db' }],
    ['file:/data/my files/gateway.db', { kind: 'file', path: '/data/my files/gateway.db' }],
    ['postgres://db', { kind: 'postgres', url: 'postgres://db' }],
    ['postgresql://u:p@db:5432/gateway', { kind: 'postgres', url: 'postgresql://u:p@db:5432/gateway' }],
    [
      'postgres:///gateway?host=/run/postgresql',
      { kind: 'postgres', url: 'postgres:///gateway?host=/run/postgresql' },
    ],
  ])('should read %s', (text, target) => {
    expect(parseDatabaseUrl(text)).toEqual(target);
  });

  it.each([
    '',
    'NONE',
    'memory',
    ':memory:',
    'memory:gateway',
    'file:',
    'file://data/gateway.db',
    'data/gateway.db',
    'postgres:',
    'postgres://',
    'postgres://db:port/gateway',
    'mysql://db/gateway',
    'https://db/gateway',
  ])('should not read %j', (text) => {
    expect(parseDatabaseUrl(text)).toBeNull();
  });
});

describe('what is shown', () => {
  it.each([
    ['none', 'none'],
    ['memory:', 'memory:'],
    ['file:data/gateway.db', 'file:data/gateway.db'],
    ['postgres://bob:hunter2@db:5432/gateway?password=hunter2&sslmode=require', 'postgres://db:5432/gateway'],
    ['postgresql://bob:hunter2@db', 'postgresql://db'],
    ['postgres:///gateway?host=/run/postgresql', 'postgres:///gateway'],
  ])('should tell where %s is, and no secret', (url, shown) => {
    expect(showDatabase(parseDatabaseUrl(url)!)).toBe(shown);
  });

  it('should tell where Redis is, and no secret', () => {
    expect(showServer('rediss://:hunter2@redis:6380/1?password=hunter2')).toBe('rediss://redis:6380/1');
  });
});
