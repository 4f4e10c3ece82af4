/** What came of checking a text against a schema. */
export type Verdict =
  | { kind: 'fits' }
  /** `problem`: in words, for the client. */
  | { kind: 'broken'; problem: string }
  /** The schema cannot be compiled: it says nothing about any text. */
  | { kind: 'unusable' }
  /** It took too long, too much memory or too deep a stack. */
  | { kind: 'overrun' };
