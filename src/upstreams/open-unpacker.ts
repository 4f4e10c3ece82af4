import { constants, createBrotliDecompress, createInflate, createUnzip } from 'node:zlib';

/** Decompresses a response that a server, or a proxy in front of it, has compressed although `accept-encoding` did not ask for it. */
export interface Unpacker {
  write(bytes: Buffer): void;
  end(): void;
  destroy(): void;
}

interface UnpackedSink {
  next: (bytes: Buffer) => void;
  end: () => void;
  error: (error: Error) => void;
}

/** Flushes partial blocks, so that events are not delayed. */
const AT_ONCE = { flush: constants.Z_SYNC_FLUSH };
const AT_ONCE_BROTLI = { flush: constants.BROTLI_OPERATION_FLUSH };

/**
 * @param encoding the answer's content-encoding
 * @returns null where there is nothing to unpack, or nothing that could be
 */
export function openUnpacker(encoding: string, sink: UnpackedSink): Unpacker | null {
  const stream = openStream(encoding.trim().toLowerCase());
  if (!stream) return null;
  stream.on('data', sink.next).on('end', sink.end).on('error', sink.error);
  return {
    write: (bytes) => void stream.write(bytes),
    end: () => stream.end(),
    destroy: () => void stream.destroy(),
  };
}

function openStream(encoding: string): (NodeJS.ReadWriteStream & { destroy(): unknown }) | null {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createUnzip(AT_ONCE);
    case 'deflate':
      return createInflate(AT_ONCE);
    case 'br':
      return createBrotliDecompress(AT_ONCE_BROTLI);
    default:
      return null;
  }
}
