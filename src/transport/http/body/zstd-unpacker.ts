import { Transform, type TransformCallback } from 'node:stream';
import { GatewayError } from '../../../errors/gateway-error.js';

/** What of libzstd is in the package's WebAssembly. Addresses and sizes are those of its memory. */
interface Zstd {
  memory: { buffer: ArrayBuffer };
  malloc(size: number): number;
  free(address: number): void;
  ZSTD_createDCtx(): number;
  ZSTD_freeDCtx(context: number): void;
  ZSTD_DStreamInSize(): number;
  ZSTD_DStreamOutSize(): number;
  /** @returns 0 at the end of a frame, an error (as an unsigned number: one of the largest), or how much it would like next */
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

interface Instantiated {
  instance: { exports: unknown };
}

/** Errors are the negated codes, none of which is larger. */
const MAX_ERROR_CODE = 120;
/** Of libzstd's buffer structs: address, size, position, 32 bits each. */
const STRUCT_SIZE = 12;
const POSITION = 8;

let loading: Promise<Zstd> | undefined;

/**
 * Unpacks a body when it is there as a whole: frames may follow one another, and a cut one is an error. Node's own zstd passes
 * over both in silence, where it has one at all.
 */
export class ZstdUnpacker extends Transform {
  private readonly parts: Buffer[] = [];

  /** @param maxBytes of the unpacked body; `request_too_large` beyond */
  constructor(private readonly maxBytes: number) {
    super();
  }

  override _transform(part: Buffer, _encoding: string, done: TransformCallback): void {
    this.parts.push(part);
    done();
  }

  override _flush(done: TransformCallback): void {
    loading ??= loadZstd();
    loading
      .then((zstd) => {
        this.unpack(zstd);
        done();
      })
      .catch(done);
  }

  /** At once, so that all bodies can share one context's worth of memory. */
  private unpack(zstd: Zstd): void {
    const [inputSize, outputSize] = [zstd.ZSTD_DStreamInSize(), zstd.ZSTD_DStreamOutSize()];
    const context = zstd.ZSTD_createDCtx();
    const block = zstd.malloc(2 * STRUCT_SIZE + inputSize + outputSize);
    const [input, output] = [block, block + STRUCT_SIZE];
    const [from, to] = [output + STRUCT_SIZE, output + STRUCT_SIZE + inputSize];
    let size = 0;
    let wanted = 0;
    try {
      for (const bytes of pieces(this.parts, inputSize)) {
        new Uint8Array(zstd.memory.buffer).set(bytes, from);
        setStruct(zstd, input, from, bytes.length);
        let produced: number;
        do {
          setStruct(zstd, output, to, outputSize);
          wanted = zstd.ZSTD_decompressStream(context, output, input) >>> 0;
          if (wanted > 2 ** 32 - 1 - MAX_ERROR_CODE) throw new Error(`zstd error ${2 ** 32 - wanted}`);
          produced = positionOf(zstd, output);
          size += produced;
          if (size > this.maxBytes) throw new GatewayError('request_too_large');
          if (produced > 0) this.push(Buffer.from(zstd.memory.buffer.slice(to, to + produced)));
        } while (positionOf(zstd, input) < bytes.length || produced === outputSize);
      }
      if (wanted !== 0) throw new Error('The zstd frame is cut.');
    } finally {
      zstd.free(block);
      zstd.ZSTD_freeDCtx(context);
    }
  }
}

/** The package's own decompression function treats errors as progress and leaks memory with each of them. */
async function loadZstd(): Promise<Zstd> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  return new Promise((resolve, reject) => {
    const decoder = new ZSTDDecoder();
    const keep = decoder._init.bind(decoder);
    decoder._init = (result: Instantiated): void => {
      keep(result as Parameters<typeof keep>[0]);
      resolve(result.instance.exports as Zstd);
    };
    decoder.init().catch(reject);
  });
}

function* pieces(parts: readonly Buffer[], size: number): Generator<Buffer> {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += size) yield part.subarray(at, at + size);
  }
}

function setStruct({ memory }: Zstd, struct: number, address: number, size: number): void {
  new Uint32Array(memory.buffer, struct, 3).set([address, size, 0]);
}

function positionOf({ memory }: Zstd, struct: number): number {
  return new DataView(memory.buffer).getUint32(struct + POSITION, true);
}
