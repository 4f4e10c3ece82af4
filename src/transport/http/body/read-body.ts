import type { Readable, Transform } from 'node:stream';
import { GatewayError } from '../../../errors/gateway-error.js';
import { BodyMeter } from './body-meter.js';

export interface BodyLimits {
  /** Of the body as sent, and at each stage of decompression. */
  bytes: number;
  /** JSON values in it; null: they are not counted, since it is not parsed. */
  values: number | null;
  /** Longest pause of the client while it sends, ms; 0: any. */
  stallMs: number;
}

type Done = (error: GatewayError | null, body: Buffer) => void;

const NOTHING = Buffer.alloc(0);

/**
 * Reads and decompresses a JSON body; fails at the first byte or value beyond the limits, or when the client stops sending.
 *
 * @param unpackers streams that it passes through, in order
 * @param done called once; not at all when the client leaves before its body is whole
 * @returns a function that stops reading
 */
export function readBody(
  source: Readable,
  unpackers: Transform[],
  limits: BodyLimits,
  done: Done,
): () => void {
  const meter = limits.values === null ? null : new BodyMeter(limits.values);
  const parts: Buffer[] = [];
  let size = 0;
  let isOver = false;
  const last = unpackers.at(-1) ?? source;

  // A request lives as long as its answer, and with it all that listens to it: the bytes, and whoever waits for them.
  const detach = (): void => {
    isOver = true;
    stopWaiting();
    for (const stopLimiting of limiters) stopLimiting();
    source.unpipe().off('data', collect).off('end', finish);
  };
  const stop = (): void => {
    if (isOver) return;
    detach();
    for (const unpacker of unpackers) unpacker.off('data', collect).off('end', finish).destroy();
    // Discards what still arrives until the connection is closed.
    source.resume();
  };
  const fail = (error: unknown): void => {
    if (isOver) return;
    stop();
    done(asBodyError(error), NOTHING);
  };
  const collect = (bytes: Buffer): void => {
    size += bytes.length;
    try {
      if (size > limits.bytes) throw new GatewayError('request_too_large');
      meter?.add(bytes);
      parts.push(bytes);
    } catch (error) {
      fail(error);
    }
  };
  const finish = (): void => {
    detach();
    done(null, parts.length === 1 ? (parts[0] ?? NOTHING) : Buffer.concat(parts, size));
  };

  const stages = [source, ...unpackers];
  const limiters = stages.slice(0, -1).map((stage) => limitBytes(stage, limits.bytes, fail));
  for (const unpacker of unpackers) unpacker.on('error', fail);
  stages.reduce((from, to) => from.pipe(to as Transform));
  const stopWaiting = waitForSender(source, limits.stallMs, () => {
    fail(new GatewayError('request_timeout'));
  });
  last.on('data', collect).on('end', finish);
  return stop;
}

/**
 * Calls `giveUp` when the sender stalls before its body is complete; decompression may take longer.
 *
 * @param limitMs 0: no limit
 * @returns a function that stops the timer
 */
function waitForSender(source: Readable, limitMs: number, giveUp: () => void): () => void {
  if (limitMs === 0) return () => undefined;
  const timer = setTimeout(giveUp, limitMs).unref();
  const extend = (): void => {
    timer.refresh();
  };
  const stop = (): void => {
    clearTimeout(timer);
    source.off('data', extend).off('end', stop).off('close', stop);
  };
  source.on('data', extend).on('end', stop).on('close', stop);
  return stop;
}

/** @returns a function that stops counting */
function limitBytes(stage: Readable, limit: number, fail: (error: GatewayError) => void): () => void {
  let size = 0;
  const count = (bytes: Buffer): void => {
    size += bytes.length;
    if (size > limit) fail(new GatewayError('request_too_large'));
  };
  stage.on('data', count);
  return () => {
    stage.off('data', count);
  };
}

function asBodyError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError('invalid_request', {
    message: 'The request body is truncated or does not match its Content-Encoding.',
    cause: error,
  });
}
