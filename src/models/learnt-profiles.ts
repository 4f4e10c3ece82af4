import type { ModelProfile } from '../contracts/model-profile.js';
import type { ModelTarget } from './model-catalogue.js';

/** Names of models that are remembered: a server that takes any name must not fill the memory with them. */
const MAX_MODELS = 1_000;

/** What servers have shown of their models while the process runs, by upstream name. */
export class LearntProfiles {
  private readonly byModel = new Map<string, Partial<ModelProfile>>();

  /** @returns the model as it is used from now on */
  learn(target: ModelTarget, change: Partial<ModelProfile>): ModelTarget {
    const { upstreamModel } = target;
    const known = this.byModel.get(upstreamModel);
    // The newest stand last, the oldest are forgotten first.
    this.byModel.delete(upstreamModel);
    this.byModel.set(upstreamModel, { ...known, ...change });
    const [oldest] = this.byModel.keys();
    if (this.byModel.size > MAX_MODELS && oldest !== undefined) this.byModel.delete(oldest);
    return this.apply(target);
  }

  /** What the deployer has said of calls stands. */
  apply(target: ModelTarget): ModelTarget {
    const learnt = this.byModel.get(target.upstreamModel);
    if (!learnt) return target;
    const { profile } = target;
    const { toolCalls = profile.toolCalls, vision = profile.vision } = learnt;
    return {
      ...target,
      profile: {
        ...profile,
        vision,
        toolCalls: profile.toolCalls === 'auto' ? toolCalls : profile.toolCalls,
      },
    };
  }
}
