/** npm hands on what its child has got already, from the terminal or a service manager: within this time it is the same signal. */
const ECHO_MS = 200;

/**
 * Tells the first signal that asks a process to end from the next one, which does not want to wait any longer.
 *
 * @returns to be called with the name of each such signal
 */
export function endingSignals(first: () => void, again: (signal: NodeJS.Signals) => void) {
  let name: NodeJS.Signals | undefined;
  let at = 0;
  return (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (name === undefined) {
      name = signal;
      at = now;
      first();
    } else if (signal !== name || now - at >= ECHO_MS) again(signal);
  };
}
