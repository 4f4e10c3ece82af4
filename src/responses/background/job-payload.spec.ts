import { jest } from '@jest/globals';
import type { PinoLogger } from 'nestjs-pino';
import { Environment } from '../../config/environment.js';
import { RequestContext } from '../../request/request-context.js';
import { AesEnvelopeSealer } from '../../sealing/aes-envelope-sealer.js';
import { CreateResponseDto } from '../dto/create-response.dto.js';
import { packJob, unpackJob } from './job-payload.js';

const SECRET = 'tok-4f9a81c2d7';
const logger = { setContext: jest.fn(), warn: jest.fn() } as unknown as PinoLogger;
const sealer = () => new AesEnvelopeSealer(new Environment(), logger);
const work = (tools: unknown[]) => ({
  request: {
    body: Object.assign(new CreateResponseDto(), { model: 'm', input: 'Hi', tools }),
    unknownFields: { extra: 1 },
  },
  context: new RequestContext('req_1', undefined, {}),
  holds: [],
});
const mcp = { type: 'mcp', server_label: 'a', server_url: `https://a/?${SECRET}`, authorization: SECRET };

describe('a request that is answered later', () => {
  it('should have its tools sealed where some are servers, and whole again', () => {
    const given = work([{ type: 'function', name: 'f' }, mcp]);
    const key = sealer();
    const text = packJob(given, key, false);
    expect(text).not.toContain(SECRET);
    expect(unpackJob(text, key)?.request).toEqual(given.request);
  });

  it('should be lost with the key that has sealed its tools', () => {
    expect(unpackJob(packJob(work([mcp]), sealer(), false), sealer())).toBeNull();
  });

  it.each([
    { type: 'function', name: 'f' },
    { type: 'mcp', server_label: 'a' },
    { type: 'mcp', server_label: 'a', server_url: 'https://a/mcp', headers: null },
  ])('should need no key where no tool has a secret: %j', (tool) => {
    const given = work([tool]);
    expect(unpackJob(packJob(given, sealer(), false), sealer())?.request).toEqual(given.request);
  });
});
