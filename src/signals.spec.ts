import { EventEmitter } from 'node:events';
import { jest } from '@jest/globals';
import { exitOnSecondSignal, reloadOnHangup } from './signals.js';

describe('exitOnSecondSignal', () => {
  let source: EventEmitter;
  let codes: number[];

  beforeEach(() => {
    jest.useFakeTimers();
    source = new EventEmitter();
    codes = [];
    exitOnSecondSignal(source, (code) => codes.push(code));
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('should wait after %s, and exit with %i on another one', (name, code) => {
    source.emit(name, name);
    jest.advanceTimersByTime(60_000);
    expect(codes).toEqual([]);
    source.emit(name, name);
    expect(codes).toEqual([code]);
  });

  it('should take the same signal within 200 ms, handed on by npm, for one', () => {
    source.emit('SIGINT', 'SIGINT');
    jest.advanceTimersByTime(199);
    source.emit('SIGINT', 'SIGINT');
    expect(codes).toEqual([]);
    jest.advanceTimersByTime(1);
    source.emit('SIGINT', 'SIGINT');
    expect(codes).toEqual([130]);
  });

  it('should exit at once on a signal of another name', () => {
    source.emit('SIGTERM', 'SIGTERM');
    source.emit('SIGINT', 'SIGINT');
    expect(codes).toEqual([130]);
  });
});

describe('reloadOnHangup', () => {
  it('should reload with each SIGHUP, and go on', () => {
    const source = new EventEmitter();
    const [reload, die] = [jest.fn(), jest.fn()];
    reloadOnHangup({ reload }, source, () => false, die);
    source.emit('SIGHUP');
    source.emit('SIGHUP');
    expect(reload).toHaveBeenCalledTimes(2);
    expect(die).not.toHaveBeenCalled();
  });

  it('should reload nothing where the terminal is gone, and leave the signal to end the process', () => {
    const source = new EventEmitter();
    const [reload, die] = [jest.fn(), jest.fn(() => source.listenerCount('SIGHUP'))];
    reloadOnHangup({ reload }, source, () => true, die);
    source.emit('SIGHUP');
    source.emit('SIGHUP');
    expect(reload).not.toHaveBeenCalled();
    expect(die).toHaveBeenCalledTimes(1);
    // By then: a listener would keep the signal from ending it.
    expect(die).toHaveReturnedWith(0);
  });
});
