/** Cuts the text of an event stream, however it is split, into the JSON values of its `data` lines. */
export class EventParser {
  #rest = '';

  /**
   * @param {string} text the next piece
   * @returns {object[]} the events it completes; comments and `[DONE]` are left out
   */
  push(text) {
    const frames = (this.#rest + text).split(/\r?\n\r?\n/);
    this.#rest = frames.pop() ?? '';
    return frames
      .map(dataOf)
      .filter((data) => data !== '' && data !== '[DONE]')
      .map((data) => JSON.parse(data));
  }
}

/**
 * @param {ReadableStream<Uint8Array>} body
 * @yields {object[]} the events of one read
 */
export async function* readEvents(body) {
  const parser = new EventParser();
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      yield parser.push(read.value);
    }
  } finally {
    await reader.cancel();
  }
}

function dataOf(frame) {
  return frame
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).replace(/^ /, ''))
    .join('\n');
}
