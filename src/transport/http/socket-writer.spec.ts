import { EventEmitter } from 'node:events';
import { jest } from '@jest/globals';
import type { Response } from 'express';
import { Gate } from '../../request/gate.js';
import { DeltaFrame } from './delta-frame.js';
import { SocketWriter } from './socket-writer.js';

class FakeSocket extends EventEmitter {
  readonly writes: string[] = [];
  isFull = false;
  destroyed = false;
  ended = false;
  writableNeedDrain = false;
  private corked: string[] | null = null;

  cork(): void {
    this.corked = [];
  }

  uncork(): void {
    const parts = this.corked ?? [];
    this.corked = null;
    this.write(parts.join(''));
  }

  write(bytes: string | Buffer): boolean {
    const text = bytes.toString();
    this.writableNeedDrain = this.isFull;
    if (this.corked) {
      this.corked.push(text);
      return !this.isFull;
    }
    if (this.ended) throw new Error('write after end');
    this.writes.push(text);
    return !this.isFull;
  }

  end(): void {
    this.ended = true;
  }
}

const nextTick = () =>
  new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });

describe('SocketWriter', () => {
  let socket: FakeSocket;
  let gate: Gate;
  let writer: SocketWriter;
  beforeEach(() => {
    socket = new FakeSocket();
    gate = new Gate();
    writer = new SocketWriter(socket as unknown as Response, gate);
  });

  it('should join the frames of one tick into one write', async () => {
    writer.writeFrame('a');
    writer.writeFrame('b');
    writer.writeFrame('c');
    expect(socket.writes).toEqual([]);
    await nextTick();
    expect(socket.writes).toEqual(['abc']);
    writer.writeFrame('d');
    await nextTick();
    expect(socket.writes).toEqual(['abc', 'd']);
  });

  it('should write what is pending before it ends', async () => {
    writer.writeFrame('a');
    writer.end();
    expect(socket.writes).toEqual(['a']);
    expect(socket.ended).toBe(true);
    await nextTick();
    expect(socket.writes).toEqual(['a']);
  });

  it('should write nothing to a socket that is gone', async () => {
    writer.writeFrame('a');
    socket.destroyed = true;
    await nextTick();
    writer.end();
    expect(socket.writes).toEqual([]);
  });

  it('should write the parts of a long frame as one, behind what is pending', () => {
    writer.writeFrame('a');
    writer.writeFrame([Buffer.from('b'), Buffer.from('c')]);
    expect(socket.writes).toEqual(['a', 'bc']);
    expect(gate.isClosed).toBe(false);
    socket.isFull = true;
    writer.writeFrame([Buffer.from('d')]);
    expect(gate.isClosed).toBe(true);
    socket.emit('drain');
    expect(gate.isClosed).toBe(false);
  });

  it('should not gather more than it has to', async () => {
    const frame = 'x'.repeat(1_000);
    for (let count = 0; count < 400; count++) writer.writeFrame(frame);
    expect(Math.max(...socket.writes.map((text) => text.length))).toBeLessThanOrEqual(131_072);
    await nextTick();
    expect(socket.writes.join('')).toHaveLength(400_000);
    expect(socket.writes.length).toBeLessThan(10);
  });

  it('should write many deltas as it writes few, in their order', async () => {
    const template = { head: '<', middle: ':', end: '>' };
    const frames = Array.from({ length: 2_000 }, (_, index) =>
      index % 7 === 0 ? `text ${index}` : new DeltaFrame(template, index, `delta "${index}" 漢`),
    );
    for (const frame of frames) writer.writeFrame(frame);
    await nextTick();
    expect(socket.writes.join('')).toBe(frames.join(''));
    expect(socket.writes).toHaveLength(1);
  });

  it('should write frames that are longer than what is gathered', async () => {
    const frames = [
      'a',
      'é'.repeat(200_000),
      'b',
      new DeltaFrame({ head: '', middle: '', end: '' }, 1, '漢'.repeat(90_000)),
      'c',
    ];
    for (const frame of frames) writer.writeFrame(frame);
    await nextTick();
    expect(socket.writes.join('')).toBe(frames.join(''));
  });

  it('should keep apart what two of them gather at once', async () => {
    const other = new FakeSocket();
    const second = new SocketWriter(other as unknown as Response, gate);
    for (let count = 0; count < 20; count++) {
      writer.writeFrame('a'.repeat(1_000));
      second.writeFrame('b'.repeat(1_000));
    }
    await nextTick();
    expect(socket.writes.join('')).toBe('a'.repeat(20_000));
    expect(other.writes.join('')).toBe('b'.repeat(20_000));
  });

  it('should keep apart what two of them gather in turns, also where one of them cannot be written to', () => {
    const other = new FakeSocket();
    const second = new SocketWriter(other as unknown as Response, gate);
    jest.spyOn(socket, 'write').mockImplementation(() => {
      throw new Error('no more');
    });
    for (let count = 0; count < 3; count++) {
      writer.writeFrame('a'.repeat(5_000));
      second.writeFrame('b'.repeat(5_000));
    }
    expect(() => {
      writer.end();
    }).toThrow('no more');
    second.end();
    expect(other.writes.join('')).toBe('b'.repeat(15_000));
  });

  it('should write nothing of what it has gathered to a socket that is gone, and leave it to nobody', async () => {
    const other = new FakeSocket();
    const second = new SocketWriter(other as unknown as Response, gate);
    writer.writeFrame('a'.repeat(10_000));
    socket.destroyed = true;
    second.writeFrame('b'.repeat(10_000));
    await nextTick();
    expect(socket.writes).toEqual([]);
    expect(other.writes).toEqual(['b'.repeat(10_000)]);
  });

  it('should close the gate while the socket is full, and open it again', async () => {
    socket.isFull = true;
    writer.writeFrame('a');
    await nextTick();
    expect(gate.isClosed).toBe(true);
    socket.isFull = false;
    socket.emit('drain');
    expect(gate.isClosed).toBe(false);
    writer.writeFrame('b');
    await nextTick();
    expect(gate.isClosed).toBe(false);
    expect(socket.writes).toEqual(['a', 'b']);
  });

  it('should open the gate for whoever goes on when the socket closes instead', async () => {
    socket.isFull = true;
    writer.writeFrame('a');
    await nextTick();
    socket.emit('close');
    expect(gate.isClosed).toBe(false);
    expect(socket.listenerCount('drain') + socket.listenerCount('close')).toBe(0);
  });

  it('should wait for one drain only, however much is still written', async () => {
    socket.isFull = true;
    for (const frame of ['a', 'b', 'c']) {
      writer.writeFrame(frame);
      await nextTick();
    }
    expect(socket.writes).toEqual(['a', 'b', 'c']);
    expect(socket.listenerCount('drain')).toBe(1);
    socket.emit('drain');
    expect(gate.isClosed).toBe(false);
    expect(socket.listenerCount('drain')).toBe(0);
  });

  it('should tell when it wrote last', async () => {
    expect(writer.writtenAt).toBe(0);
    const before = performance.now();
    writer.writeFrame('a');
    await nextTick();
    expect(writer.writtenAt).toBeGreaterThanOrEqual(before);
    expect(writer.writtenAt).toBeLessThanOrEqual(performance.now());
  });
});
