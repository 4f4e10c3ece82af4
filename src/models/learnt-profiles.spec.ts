import { MODEL_PRESETS } from '../contracts/model-profile.js';
import { LearntProfiles } from './learnt-profiles.js';

const target = (upstreamModel: string, toolCalls: 'auto' | 'upstream' = 'auto') => ({
  model: 'alias',
  upstreamModel,
  profile: { ...MODEL_PRESETS.lmdeploy, toolCalls },
});

describe('what was learnt of models', () => {
  it('should hold for that model alone, under each of its names', () => {
    const learnt = new LearntProfiles();
    expect(learnt.learn(target('a'), { vision: false }).profile).toMatchObject({
      vision: false,
      toolCalls: 'auto',
    });
    expect(learnt.apply({ ...target('a'), model: 'other' }).profile.vision).toBe(false);
    expect(learnt.apply(target('b'))).toEqual(target('b'));
  });

  it('should add up', () => {
    const learnt = new LearntProfiles();
    learnt.learn(target('a'), { vision: false });
    expect(learnt.learn(target('a'), { toolCalls: 'raw' }).profile).toMatchObject({
      vision: false,
      toolCalls: 'raw',
    });
  });

  it('should not overrule what the deployer has said of calls', () => {
    const learnt = new LearntProfiles();
    learnt.learn(target('a'), { toolCalls: 'raw' });
    expect(learnt.apply(target('a', 'upstream')).profile.toolCalls).toBe('upstream');
  });

  it('should be forgotten rather than fill the memory', () => {
    const learnt = new LearntProfiles();
    learnt.learn(target('first'), { vision: false });
    for (let n = 0; n < 999; n++) learnt.learn(target(`m${n}`), { vision: false });
    expect(learnt.apply(target('first')).profile.vision).toBe(false);
    learnt.learn(target('last'), { vision: false });
    expect(learnt.apply(target('first')).profile.vision).toBe(true);
    expect(learnt.apply(target('last')).profile.vision).toBe(false);
  });
});
