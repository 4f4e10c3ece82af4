import { ask } from './ask.js';
import type { Benchmark } from './benchmark.js';
import type { Gateway } from './gateway.js';
import { type CaseResult, type Row, toRow } from './results.js';
import { modelName } from './script.js';
import { ratios } from './statistics.js';

const MODEL = modelName({ kind: 'text', chunks: 50 });
const QUESTION = 'And what does the next step of the relay hear of that, in one paragraph?';
const EARLY = 2;
const LATE = 200;
const WARM_CHAINS = 2;
const CHAINS = 15;
const QUICK_CHAINS = 5;

interface Message {
  role: 'user' | 'assistant';
  content: string;
}

interface Answer {
  id: string;
  output: { content: { text: string }[] }[];
}

/** What it takes to continue a chain at one point of it. */
interface Point {
  previousId: string;
  /** All that is said by then, as a model server gets it. */
  messages: Message[];
  /** What it took above the mock's own answer to the same messages, ms. */
  addedMs: number;
}

type Chain = Record<'early' | 'late', Point>;

/** Turn 200 of chains of stored responses against turn 2: of those the process has answered itself, and of those another one has. */
export async function measureChain(benchmark: Benchmark): Promise<CaseResult> {
  const rows: Row[] = [];
  for (const product of benchmark.products) {
    for (const store of benchmark.stores.available) {
      if (store === 'none') continue;
      const gateway = await benchmark.storing(product, store);
      rows.push(...(await measureGateway(benchmark, gateway, `${product.name}, ${store}`)));
    }
  }
  return {
    id: 'chain',
    title: `chain: turn ${LATE} of a chain of stored responses against turn ${EARLY}`,
    rows,
  };
}

async function measureGateway(benchmark: Benchmark, gateway: Gateway, name: string): Promise<Row[]> {
  const count = benchmark.options.quick ? QUICK_CHAINS : CHAINS;
  const mockPort = benchmark.upstream.port;
  await holdChains(gateway, mockPort, WARM_CHAINS);
  const own = await holdChains(gateway, mockPort, count);
  const other = await benchmark.startFresh(gateway.subject, { environment: gateway.environment });
  await holdChains(other, mockPort, WARM_CHAINS);
  const read: Chain[] = [];
  for (const { early, late } of own) {
    read.push({
      early: await continueAt(other, mockPort, early),
      late: await continueAt(other, mockPort, late),
    });
  }
  await other.stop();
  benchmark.tell(`chain ${name}: ${count} chains held`);
  return [toChainRow(name, own), toChainRow(`${name}, begun by another process`, read)];
}

async function holdChains(gateway: Gateway, mockPort: number, count: number): Promise<Chain[]> {
  const chains: Chain[] = [];
  for (let chain = 0; chain < count; chain++) chains.push(await holdChain(gateway, mockPort));
  return chains;
}

async function holdChain(gateway: Gateway, mockPort: number): Promise<Chain> {
  const points: Point[] = [];
  const messages: Message[] = [];
  let previousId = '';
  for (let turn = 1; turn <= LATE; turn++) {
    const isMeant = turn === EARLY || turn === LATE;
    messages.push({ role: 'user', content: QUESTION });
    const { answer, ms } = await askTurn(gateway.port, previousId);
    if (isMeant) {
      const said = [...messages];
      points.push({ previousId, messages: said, addedMs: ms - (await askMock(mockPort, said)) });
    }
    previousId = answer.id;
    messages.push({ role: 'assistant', content: answer.output[0]?.content[0]?.text ?? '' });
  }
  const [early, late] = points as [Point, Point];
  return { early, late };
}

async function continueAt(gateway: Gateway, mockPort: number, point: Point): Promise<Point> {
  const { ms } = await askTurn(gateway.port, point.previousId);
  return { ...point, addedMs: ms - (await askMock(mockPort, point.messages)) };
}

/** @throws Error when it is not answered well */
async function askTurn(port: number, previousId: string): Promise<{ answer: Answer; ms: number }> {
  const body = {
    model: MODEL,
    input: QUESTION,
    ...(previousId !== '' && { previous_response_id: previousId }),
  };
  const { status, text, ms } = await ask(port, '/v1/responses', body);
  if (status !== 200) throw new Error(`A turn behind ${previousId} gave ${status}: ${text.slice(0, 200)}`);
  return { answer: JSON.parse(text) as Answer, ms };
}

async function askMock(port: number, messages: readonly Message[]): Promise<number> {
  return (await ask(port, '/v1/chat/completions', { model: MODEL, messages })).ms;
}

function toChainRow(name: string, chains: readonly Chain[]): Row {
  const early = chains.map((chain) => chain.early.addedMs);
  const late = chains.map((chain) => chain.late.addedMs);
  return toRow(name, { earlyTurnMs: early, lateTurnMs: late, toEarlyTurn: ratios(late, early) });
}
