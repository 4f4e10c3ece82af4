import { Flag } from './variable.decorators.js';

/** What model servers speak by themselves. */
export class PassthroughEnvironment {
  /** Pass `/v1/chat/completions`, `/v1/completions` and `/v1/embeddings` on to the model server; off: there are no such routes. */
  @Flag()
  PASSTHROUGH_ENABLED: boolean = true;
}
