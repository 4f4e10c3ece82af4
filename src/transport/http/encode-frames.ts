const SCRATCH_BYTES = 262_144;
/** Characters; below it the copy costs more than it saves. */
const WORTH_IT = 4_096;
const BYTES_PER_CHARACTER = 3;

const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/**
 * Makes bytes of many joined frames. Node would go through a long string twice, for its length and for its bytes, and keep it
 * beside its bytes until the client has taken them.
 *
 * @returns the string itself where it is short
 */
export function encodeFrames(frames: string): string | Buffer {
  if (frames.length < WORTH_IT) return frames;
  if (frames.length * BYTES_PER_CHARACTER > SCRATCH_BYTES) return Buffer.from(frames);
  const size = scratch.write(frames, 'utf8');
  const bytes = Buffer.allocUnsafe(size);
  scratch.copy(bytes, 0, 0, size);
  return bytes;
}
