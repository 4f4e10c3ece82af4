import {
  type AnswerFacts,
  type EmitSegment,
  ResponseStage,
  type ResponseStageFactory,
  type Segment,
  type SegmentStage,
} from 'responses-gateway';
import { AcmeEnvironment } from './acme.environment.js';

/** Refuses answers to the public that tell the code name. */
@ResponseStage({ order: 20 })
export class CodeNameGuardrail implements ResponseStageFactory {
  constructor(private readonly environment: AcmeEnvironment) {}

  create({ metadata }: AnswerFacts): SegmentStage | null {
    const { ACME_CODE_NAME: name } = this.environment;
    return name === undefined || metadata.audience !== 'public' ? null : new Withhold(name);
  }
}

/** Shows nothing of an answer before it has seen the end of it. */
class Withhold implements SegmentStage {
  private held: Segment[] = [];
  private text = '';

  constructor(private readonly name: string) {}

  pushSegment(segment: Segment, emit: EmitSegment): void {
    if (segment.kind === 'finish' && this.text.includes(this.name)) {
      emit({ kind: 'refusal', text: 'I cannot talk about that.' });
      emit({ kind: 'finish', reason: 'content_filter' });
    } else if (segment.kind === 'finish') {
      this.held.forEach(emit);
      emit(segment);
    } else if (segment.kind === 'usage' || segment.kind === 'failure') {
      emit(segment);
    } else {
      this.held.push(segment);
      if ('text' in segment) this.text += segment.text;
    }
  }
}
