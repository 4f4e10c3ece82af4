import type { LookupAddress } from 'node:dns';
import { GatewayError } from '../../src/errors/gateway-error.js';
import type { HostLookup } from '../../src/mcp/guarded-agent.js';
import { FakeMcpServer } from '../support/fake-mcp-server.js';
import { addressOf, NEVER, openMcpServers, type OpenedMcpServers } from '../support/use-mcp-servers.js';

/** Of nobody, and public: where there is no route to it, connecting fails at once. */
const PUBLIC = { address: '2001:4860:4860::8888', family: 6 };
const PRIVATE: [string, LookupAddress][] = [
  ['the machine itself', { address: '127.0.0.1', family: 4 }],
  ['the machine itself by IPv6', { address: '::1', family: 6 }],
  ['an IPv4 address in IPv6', { address: '::ffff:127.0.0.1', family: 6 }],
  ['any address', { address: '0.0.0.0', family: 4 }],
  ['a private network', { address: '10.0.0.1', family: 4 }],
  ['the metadata of a cloud', { address: '169.254.169.254', family: 4 }],
  ['a link-local address', { address: 'fe80::1', family: 6 }],
  ['a unique local address', { address: 'fd00:ec2::254', family: 6 }],
];

describe('the address of an MCP server', () => {
  let canary: FakeMcpServer;
  /** By MCP_ALLOWED_HOSTS. */
  const opened = new Map<string, OpenedMcpServers>();
  let gateway: OpenedMcpServers;
  let answers: LookupAddress[][];
  let asked: string[];

  /** Gives one answer after the other, the last one for ever. */
  const lookup: HostLookup = (name, _options, callback) => {
    asked.push(name);
    callback(null, (answers.length > 1 ? answers.shift() : answers[0]) ?? []);
  };

  beforeAll(async () => {
    canary = await FakeMcpServer.start();
  });
  beforeEach(() => {
    asked = [];
    canary.asked.length = 0;
  });
  afterAll(async () => {
    await Promise.all([...opened.values()].map(({ close }) => close()));
    await canary.close();
  });

  const start = async (hosts: string): Promise<void> => {
    const variables = { MCP_ALLOWED_HOSTS: hosts, MCP_LIST_TIMEOUT_MS: '3s' };
    gateway = opened.get(hosts) ?? (await openMcpServers(variables, lookup));
    opened.set(hosts, gateway);
  };
  const listAt = async (host: string, scheme = 'http'): Promise<unknown> => {
    const session = gateway.servers.open(addressOf(`${scheme}://${host}:${canary.port}/plain`), 'tools[1]');
    const outcome = await session.list(NEVER).catch((error: unknown) => error);
    await session.close();
    return outcome;
  };
  const refusal = (url: string): unknown => {
    try {
      gateway.servers.open(addressOf(url), 'tools[1]');
      return null;
    } catch (error) {
      return error;
    }
  };

  it.each(PRIVATE)('should not be that of %s, when its name is resolved', async (_what, address) => {
    answers = [[address]];
    await start('http://mcp.example.com');
    expect(await listAt('mcp.example.com')).toBeInstanceOf(GatewayError);
    expect(asked).toContain('mcp.example.com');
    expect(canary.asked).toEqual([]);
  });

  it('should not be private beside a public one', async () => {
    answers = [[PUBLIC, { address: '127.0.0.1', family: 4 }]];
    await start('http://mcp.example.com');
    expect(await listAt('mcp.example.com')).toBeInstanceOf(GatewayError);
    expect(canary.asked).toEqual([]);
  });

  it('should be looked at for each connection, when the name changes its address', async () => {
    answers = [[PUBLIC], [{ address: '127.0.0.1', family: 4 }]];
    await start('http://mcp.example.com');
    for (const _attempt of [1, 2, 3]) expect(await listAt('mcp.example.com')).toBeInstanceOf(GatewayError);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(canary.asked).toEqual([]);
  });

  it('should be that of the machine where the list names it', async () => {
    answers = [[{ address: '127.0.0.1', family: 4 }]];
    await start('localhost, 127.0.0.1');
    expect(await listAt('localhost')).toHaveLength(2);
    expect(await listAt('127.0.0.1')).toHaveLength(2);
    answers = [[{ address: '10.0.0.1', family: 4 }]];
    await start('localhost');
    expect(await listAt('localhost')).toBeInstanceOf(GatewayError);
  });

  it.each([
    'https://other.example.com/mcp',
    'http://mcp.example.com/mcp',
    'https://mcp.example.com./mcp',
    'https://user@mcp.example.com/mcp',
    'https://user:pass@mcp.example.com/mcp',
    'https://sub.mcp.example.com/mcp',
    'https://mcp.example.com:8443/mcp',
    'https://127.0.0.1/mcp',
    'https://2130706433/mcp',
    'https://0x7f.1/mcp',
    'https://[::ffff:127.0.0.1]/mcp',
    'https://localhost/mcp',
    'ftp://mcp.example.com/mcp',
    'file:///etc/passwd',
    'https://mcp.example.com\\@127.0.0.1/mcp',
    ' https://mcp.example.com/mcp',
    'mcp.example.com',
    '',
    `https://mcp.example.com/${'x'.repeat(3_000)}`,
  ])('should not be %j', async (url) => {
    await start('mcp.example.com:443');
    expect(refusal(url)).toMatchObject({
      status: 400,
      errorName: 'unsupported_value',
      param: 'tools[1].server_url',
    });
    expect(asked).toEqual([]);
  });

  it.each([
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://localhost/',
    'http://example.com/',
  ])('should not be %s where any host may be asked', async (url) => {
    await start('*');
    expect(refusal(url)).toBeInstanceOf(GatewayError);
    expect(refusal('https://mcp.example.com/mcp')).toBeNull();
  });

  it('should be refused by default, in words that name the setting', async () => {
    await start('');
    const error = refusal('https://mcp.example.com/mcp') as GatewayError;
    expect(error.message).toContain('MCP_ALLOWED_HOSTS');
    expect(gateway.servers.isOn).toBe(true);
  });

  it('should not matter where MCP is switched off', async () => {
    const off = await openMcpServers({ MCP_ENABLED: 'false' });
    expect(off.servers.isOn).toBe(false);
    await off.close();
  });
});
