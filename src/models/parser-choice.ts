import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { GatewayFile } from '../gateway-file/gateway-file.service.js';
import type { ModelEntry } from '../gateway-file/model-entry.js';
import { ReasoningParserRegistry } from '../reasoning-parsers/reasoning-parser.registry.js';
import { ToolParserRegistry } from '../tool-parsers/tool-parser.registry.js';
import type { ModelTarget } from './model-catalogue.js';

/** Chooses the parsers of a model among those that there are, extensions' too. */
@Injectable()
export class ParserChoice implements OnApplicationBootstrap {
  constructor(
    private readonly file: GatewayFile,
    private readonly toolParsers: ToolParserRegistry,
    private readonly reasoningParsers: ReasoningParserRegistry,
  ) {}

  /**
   * A wrong name is met where the file is read, not by a request.
   *
   * @throws Error naming the models whose parser nobody knows
   */
  onApplicationBootstrap(): void {
    this.file.addCheck(({ models = [] }) =>
      models.flatMap((entry, index) => this.findUnknown(entry, `models[${index}]`)),
    );
  }

  /** The model with the parsers that its settings stand for. A server whose calls nobody else can read has to do it. */
  apply(target: ModelTarget): ModelTarget {
    const { profile, upstreamModel } = target;
    const toolParser = this.toolParsers.choose(profile.toolParser, upstreamModel);
    const reasoningParser = this.reasoningParsers.choose(profile.reasoningParser, upstreamModel);
    const toolCalls = toolParser === null ? 'upstream' : profile.toolCalls;
    return { ...target, profile: { ...profile, toolCalls, toolParser, reasoningParser } };
  }

  private findUnknown({ toolParser = null, reasoningParser = null }: ModelEntry, path: string): string[] {
    const problems: string[] = [];
    if (!this.toolParsers.knows(toolParser)) {
      problems.push(`${path}.toolParser: must be one of auto, ${this.toolParsers.names.join(', ')}`);
    }
    if (!this.reasoningParsers.knows(reasoningParser)) {
      problems.push(
        `${path}.reasoningParser: must be one of auto, ${this.reasoningParsers.names.join(', ')}`,
      );
    }
    return problems;
  }
}
