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
    source.emit(signal);
    expect(orders).toEqual(['stop']);
    jest.advanceTimersByTime(1_000);
    source.emit('SIGINT');
    expect(orders).toEqual(['stop', 'kill']);
  });

  it('should take the same Ctrl-C, handed on by npm, for one', () => {
    source.emit('SIGINT');
    jest.advanceTimersByTime(999);
    source.emit('SIGINT');
    expect(orders).not.toContain('kill');
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
