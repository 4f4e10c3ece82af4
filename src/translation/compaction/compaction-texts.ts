/** Asks the model for a summary. It stands behind the conversation, as the last user message. */
export const COMPACTION_INSTRUCTION = `Stop working on the task here. The conversation above is about to be removed to make room; whoever goes on with it has only the user's own messages and the note you write now.

Write that handover note:
1. What the user wants, with every constraint, preference and correction.
2. What was done and found out so far, and which decisions were made, with their reasons.
3. What must be known literally to go on: names, paths, commands, values, identifiers, error messages, the current state of files and tools.
4. What is still open, and the very next step.

If an earlier note stands above, carry over what still holds. Be complete and brief; do not repeat the user's messages word for word. Answer with the note alone, as plain text. Call no tools and ask nothing.`;

/** What the model gets to read in place of what was compacted. */
export function introduceSummary(summary: string): string {
  return `The conversation before this point was compacted. This handover note stands for everything but the user's own messages; go on from it without repeating what is done:\n\n${summary}`;
}

/** What the model gets to read in place of a compaction that cannot be opened. */
export const LOST_SUMMARY =
  "[The conversation before this point was compacted into a summary that cannot be read here. Go on from the user's own messages, and ask where something is missing.]";
