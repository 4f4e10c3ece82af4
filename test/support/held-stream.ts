import { chatFrames, chatStream } from './fake-upstream.js';

/** A streamed answer of a model server, `pong`, that has said `po` and says the rest once it is released. */
export class HeldStream {
  /** Ends it, and those that are begun later. */
  release: () => void = () => undefined;
  private readonly released = new Promise<void>((resolve) => (this.release = resolve));

  /** @returns the chunks of one more such answer */
  async *chunks(): AsyncGenerator<string> {
    yield* chatFrames(['po'], { finish: null, usage: null, done: false });
    await this.released;
    yield chatStream(['ng']);
  }
}
