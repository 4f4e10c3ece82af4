const MAGIC = Buffer.of(0x28, 0xb5, 0x2f, 0xfd);
const BLOCK_SIZE = 131_072;
/** No checksum, no size of the content, a window of 128 kB. */
const HEADER = Buffer.of(0x00, 0x38);

/** A zstd frame of blocks that are not packed: not every Node can make better ones. */
export function storedFrame(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += BLOCK_SIZE) {
    const block = bytes.subarray(at, at + BLOCK_SIZE);
    blocks.push(blockHead(block.length, 0, at + BLOCK_SIZE >= bytes.length), block);
  }
  return Buffer.concat([MAGIC, HEADER, ...blocks]);
}

/** A frame that unpacks to this many bytes of one value: four bytes make 128 kB. */
export function repeatFrame(byte: number, size: number): Buffer {
  const blocks: Buffer[] = [];
  for (let left = size; left > 0; left -= BLOCK_SIZE) {
    blocks.push(blockHead(Math.min(left, BLOCK_SIZE), 1, left <= BLOCK_SIZE), Buffer.of(byte));
  }
  return Buffer.concat([MAGIC, HEADER, ...blocks]);
}

/** A frame that decoders pass over. */
export function skippableFrame(size: number): Buffer {
  const frame = Buffer.alloc(8 + size);
  frame.writeUInt32LE(0x184d2a50, 0);
  frame.writeUInt32LE(size, 4);
  return frame;
}

function blockHead(size: number, type: number, isLast: boolean): Buffer {
  const head = Buffer.alloc(3);
  head.writeUIntLE((size << 3) | (type << 1) | Number(isLast), 0, 3);
  return head;
}
