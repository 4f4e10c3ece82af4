import type { ReasoningOutput } from '../turn-plan.js';
import type { ReasoningWriter, StreamOutput } from './item-writer.js';
import { ReasoningTextWriter } from './reasoning-text-writer.js';
import { SealedReasoningWriter } from './sealed-reasoning-writer.js';
import { SummaryWriter } from './summary-writer.js';

/** How one answer tells of its reasoning. */
export interface ReasoningForm {
  output: ReasoningOutput;
  /** Makes the envelope for the client to send back; null: it did not ask for one. */
  seal: ((text: string) => string) | null;
}

/** Whether there are reasoning items at all. */
export function showsReasoning({ output, seal }: ReasoningForm): boolean {
  return output !== 'off' || seal !== null;
}

/** The writer for the form the client gets; null: it gets none. */
export function openReasoningWriter(
  stream: StreamOutput,
  { output, seal }: ReasoningForm,
  id: string,
  outputIndex: number,
): ReasoningWriter | null {
  switch (output) {
    case 'summary':
      return new SummaryWriter(stream, id, outputIndex, seal);
    case 'off':
      return seal && new SealedReasoningWriter(stream, id, outputIndex, seal);
    default:
      return new ReasoningTextWriter(stream, id, outputIndex, output, seal);
  }
}
