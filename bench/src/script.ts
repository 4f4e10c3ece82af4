/** What the mock upstream answers; `bench/native/answer-script.h` describes each field. */
export interface AnswerScript {
  kind: 'text' | 'tool' | 'reasoning' | 'raw';
  /** Deltas of the answer. */
  chunks: number;
  /** Deltas a second and stream; 0 or absent: as fast as they are taken. */
  rate?: number;
  /** Deltas a write; 0 or absent: as many as fit. */
  group?: number;
  /** The text of the deltas says when they were sent. */
  stamps?: boolean;
  /** A defect made on purpose. */
  fault?: 'drop' | 'alter' | 'repeat' | 'cut';
}

/** The name of the model that makes the mock play a script. */
export function modelName(script: AnswerScript): string {
  const { kind, chunks, rate = 0, group = 0, stamps = false, fault = 'none' } = script;
  return `bench,kind=${kind},chunks=${chunks},rate=${rate},group=${group},stamps=${stamps ? 1 : 0},fault=${fault}`;
}

/** What a gateway is asked until it is up. */
export const SHORT_ANSWER = { kind: 'text', chunks: 2 } as const satisfies AnswerScript;
