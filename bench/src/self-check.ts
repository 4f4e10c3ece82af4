import type { Benchmark } from './benchmark.js';
import type { AnswerScript } from './script.js';
import { UNIT } from './subjects.js';

const FAULTS = ['drop', 'alter', 'repeat', 'cut'] as const;
const CONNECTIONS = 2;

/**
 * Makes sure that wrong answers are found: the mock sends some on purpose.
 *
 * @throws Error when one passes for right, or a right one for wrong
 */
export async function checkTheChecker(benchmark: Benchmark): Promise<void> {
  const [unit] = benchmark.pick([UNIT]);
  if (!unit) return;
  const gateway = await benchmark.gateway(unit);
  for (const fault of [undefined, ...FAULTS]) {
    const script: AnswerScript = { kind: 'text', chunks: 64, fault };
    const { errors, answers } = await benchmark.load(gateway, {
      script,
      stream: true,
      connections: CONNECTIONS,
      seconds: 1,
      once: true,
    });
    const [right, wrong] = fault === undefined ? [CONNECTIONS, 0] : [0, CONNECTIONS];
    if (answers !== right || errors !== wrong) {
      throw new Error(
        `The load generator counts ${errors} errors, not ${wrong}, with the fault ${fault ?? 'none'}.`,
      );
    }
  }
}
