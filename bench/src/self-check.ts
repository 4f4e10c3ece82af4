import type { Benchmark } from './benchmark.js';
import type { LoadShape } from './load.js';
import type { AnswerScript } from './script.js';
import { UNIT } from './subjects.js';

const FAULTS = ['drop', 'alter', 'repeat', 'cut'] as const;
const CONNECTIONS = 2;

/**
 * Makes sure that wrong answers are found: the mock sends some on purpose, and node-min keeps none.
 *
 * @throws Error when one passes for right, or a right one for wrong
 */
export async function checkTheChecker(benchmark: Benchmark): Promise<void> {
  const [unit] = benchmark.pick([UNIT]);
  if (!unit) return;
  const gateway = await benchmark.gateway(unit);
  const check = async (what: string, isRight: boolean, shape: Partial<LoadShape>): Promise<void> => {
    const script: AnswerScript = { kind: 'text', chunks: 64 };
    const load = { script, stream: true, connections: CONNECTIONS, seconds: 1, once: true, ...shape };
    const { errors, answers } = await benchmark.load(gateway, load);
    const [right, wrong] = isRight ? [CONNECTIONS, 0] : [0, CONNECTIONS];
    if (answers !== right || errors !== wrong) {
      throw new Error(`The load generator counts ${errors} errors, not ${wrong}, with ${what}.`);
    }
  };
  await check('no fault', true, {});
  for (const fault of FAULTS) {
    await check(`the fault ${fault}`, false, { script: { kind: 'text', chunks: 64, fault } });
  }
  await check('answers that are not kept', false, { store: true });
  await check('a whole answer that is not kept', false, { store: true, stream: false });
}
