import { EventEmitter } from 'node:events';
import { jest } from '@jest/globals';
import { handleSignals } from './handle-signals.js';

let orders: string[];
let source: EventEmitter;
let hasTerminal: boolean;

beforeEach(() => {
  jest.useFakeTimers();
  orders = [];
  source = new EventEmitter();
  hasTerminal = true;
  const supervisor = {
    stop: () => {
      orders.push('stop');
    },
    kill: () => {
      orders.push('kill');
    },
    restart: () => {
      orders.push('restart');
      return Promise.resolve();
    },
  };
  handleSignals(supervisor, source, () => hasTerminal);
});
afterEach(() => {
  jest.useRealTimers();
});

describe('handleSignals', () => {
  it.each(['SIGTERM', 'SIGINT'])('should stop on %s, and kill on another one', (signal) => {
    source.emit(signal, signal);
    expect(orders).toEqual(['stop']);
    jest.advanceTimersByTime(200);
    source.emit(signal, signal);
    expect(orders).toEqual(['stop', 'kill']);
  });

  it('should take the same Ctrl-C, handed on by npm, for one', () => {
    source.emit('SIGINT', 'SIGINT');
    jest.advanceTimersByTime(199);
    source.emit('SIGINT', 'SIGINT');
    expect(orders).toEqual(['stop']);
  });

  it('should kill at once on a signal of another name', () => {
    source.emit('SIGTERM', 'SIGTERM');
    source.emit('SIGINT', 'SIGINT');
    expect(orders).toEqual(['stop', 'kill']);
  });

  it('should restart on SIGHUP', () => {
    source.emit('SIGHUP');
    expect(orders).toEqual(['restart']);
  });

  it('should stop on SIGHUP when the terminal it was started from is gone', () => {
    hasTerminal = false;
    source.emit('SIGHUP');
    expect(orders).toEqual(['stop']);
  });

  it('should restart on SIGHUP where there never was a terminal', () => {
    const daemon = new EventEmitter();
    const restart = jest.fn(() => Promise.resolve());
    handleSignals({ stop: jest.fn(), kill: jest.fn(), restart }, daemon, () => false);
    daemon.emit('SIGHUP');
    expect(restart).toHaveBeenCalledTimes(1);
  });
});
