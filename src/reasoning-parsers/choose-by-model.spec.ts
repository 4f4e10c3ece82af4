import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { Environment } from '../config/environment.js';
import { ReasoningParserRegistry } from './reasoning-parser.registry.js';
import { ReasoningParsersModule } from './reasoning-parsers.module.js';
import { ToolParserRegistry } from '../tool-parsers/tool-parser.registry.js';
import { ToolParsersModule } from '../tool-parsers/tool-parsers.module.js';

@Global()
@Module({ providers: [{ provide: Environment, useValue: new Environment() }], exports: [Environment] })
class EnvironmentModule {}

describe('parsers chosen by the name of a model', () => {
  let tools: ToolParserRegistry;
  let reasoning: ReasoningParserRegistry;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [EnvironmentModule, DiscoveryModule, ToolParsersModule, ReasoningParsersModule],
    }).compile();
    await module.init();
    tools = module.get(ToolParserRegistry);
    reasoning = module.get(ReasoningParserRegistry);
  });

  it.each([
    ['Qwen/Qwen3-8B', 'hermes', 'qwen3'],
    ['Qwen/Qwen2.5-72B-Instruct', 'hermes', null],
    ['Qwen/QwQ-32B', 'hermes', 'default'],
    ['Qwen/Qwen3-Coder-30B-A3B-Instruct', 'qwen3coder', 'qwen3'],
    ['Qwen/Qwen3.5-35B-A3B', 'qwen3coder', 'qwen3'],
    ['Qwen/Qwen3-30B-A3B-Thinking-2507', 'hermes', 'default'],
    ['NousResearch/Hermes-3-Llama-3.1-8B', 'hermes', null],
    ['zai-org/GLM-4.7', 'glm45', 'qwen3'],
    ['deepseek-ai/DeepSeek-V3-0324', 'deepseek-v3', 'qwen3'],
    ['deepseek-ai/DeepSeek-R1', 'deepseek-v3', 'default'],
    ['deepseek-ai/DeepSeek-R1-Distill-Qwen-32B', 'deepseek-v3', 'default'],
    ['deepseek-ai/DeepSeek-V3.1', 'deepseek-v31', 'qwen3'],
    ['deepseek-ai/DeepSeek-V3.2', 'deepseek-v32', 'qwen3'],
    ['deepseek-ai/DeepSeek-V4', 'deepseek-v4', 'qwen3'],
    ['moonshotai/Kimi-K2-Instruct', 'kimi-k2', null],
    ['mistralai/Mistral-Small-3.2-24B-Instruct-2506', 'mistral', null],
    ['mistralai/Magistral-Small-2509', 'mistral', 'mistral'],
    ['meta-llama/Llama-3.3-70B-Instruct', 'llama3', null],
    ['meta-llama/Llama-4-Scout-17B-16E-Instruct', 'pythonic', null],
    ['internlm/internlm3-8b-instruct', 'internlm', null],
    ['internlm/Intern-S1', 'internlm', 'default'],
    ['MiniMaxAI/MiniMax-M2', 'minimax-m2', 'qwen3'],
    ['openai/gpt-oss-120b', 'harmony', 'harmony'],
    ['somebody/unheard-of', null, null],
  ])('should fit %s: %s and %s', (model, toolParser, reasoningParser) => {
    expect(tools.choose('auto', model)).toBe(toolParser);
    expect(reasoning.choose('auto', model)).toBe(reasoningParser);
  });

  it('should leave a name and nothing as they are', () => {
    expect(tools.choose('glm47', 'Qwen/Qwen3-8B')).toBe('glm47');
    expect(tools.choose(null, 'Qwen/Qwen3-8B')).toBeNull();
  });

  it('should have the names of the flags of LMDeploy', () => {
    const flags = [
      'qwen',
      'qwen3',
      'qwen2d5',
      'qwen3coder',
      'interns2-preview',
      'glm47',
      'llama3',
      'internlm',
    ];
    flags.push('intern-s1', 'deepseek-v32', 'deepseek-v3.2', 'deepseek-v4');
    expect(tools.names).toEqual(expect.arrayContaining(flags));
  });
});
