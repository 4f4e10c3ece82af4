import { jest } from '@jest/globals';
import { GatewayError } from '../../errors/gateway-error.js';
import { readFrame } from './read-frame.js';

const MAX_VALUES = 100;
const readText = (text: string) => readFrame({ data: Buffer.from(text), isBinary: false }, MAX_VALUES);
const read = (event: unknown) => readText(JSON.stringify(event));
const create = (more: object = {}) => ({ type: 'response.create', model: 'm', ...more });

describe('readFrame', () => {
  it('should read the body of a streamed request', () => {
    expect(read(create({ input: 'Hi', extra: 1 }))).toEqual({
      body: { model: 'm', input: 'Hi', extra: 1, stream: true },
      generate: true,
    });
  });

  it.each([
    [undefined, true],
    [null, true],
    [true, true],
    [false, false],
  ])('should read generate: %s as %s, and not as a field of the body', (generate, expected) => {
    const frame = read(create({ generate }));
    expect(frame.generate).toBe(expected);
    expect(frame.body).not.toHaveProperty('generate');
  });

  it('should stream whatever `stream` says', () => {
    expect(read(create({ stream: false })).body.stream).toBe(true);
  });

  it('should take __proto__ for a field like any other, and inherit nothing of it', () => {
    const { body } = readText('{"type":"response.create","__proto__":{"model":"inherited"}}');
    expect(Object.keys(body)).toContain('__proto__');
    expect(body.model).toBeUndefined();
  });

  it.each([
    [{ type: 'response.cancel' }, 'type'],
    [{ model: 'm' }, 'type'],
    [create({ generate: 0 }), 'generate'],
    [create({ stream_id: 'lane' }), 'stream_id'],
    [[], null],
    ['response.create', null],
  ])('should refuse %j', (event, param) => {
    expect(() => read(event)).toThrow(expect.objectContaining({ status: 400, param }) as GatewayError);
  });

  it('should refuse bytes and what is not JSON', () => {
    expect(() => readFrame({ data: Buffer.from('{}'), isBinary: true }, MAX_VALUES)).toThrow(GatewayError);
    expect(() => readText('{')).toThrow(expect.objectContaining({ code: 'invalid_json' }) as GatewayError);
  });

  it.each([
    ['too many values', `{"type":"response.create","input":[${'{},'.repeat(MAX_VALUES)}1]}`, 413],
    ['too many levels', `{"type":"response.create","input":${'['.repeat(64)}${']'.repeat(64)}}`, 400],
    ['too many levels of what is no JSON', '['.repeat(100_000), 400],
  ])('should refuse %s before it is parsed', (_what, text, status) => {
    const parse = jest.spyOn(JSON, 'parse');
    expect(() => readText(text)).toThrow(expect.objectContaining({ status }) as GatewayError);
    expect(parse).not.toHaveBeenCalled();
    parse.mockRestore();
  });
});
