import type { ResponseEvent } from '../../contracts/response-events.js';
import type { OutputItem, ResponseObject } from '../../contracts/responses-api.js';
import { RunRecorder, type RecordWriter } from './run-recorder.js';

const item = (id: string) => ({ type: 'message', id }) as OutputItem;
const done = (id: string, output_index: number): ResponseEvent => ({
  type: 'response.output_item.done',
  sequence_number: 0,
  output_index,
  item: item(id),
});
const response = () => ({ id: 'resp_1', store: true }) as ResponseObject;
const completed = (of: ResponseObject): ResponseEvent => ({
  type: 'response.completed',
  sequence_number: 9,
  response: of,
});

function record(overrides: Partial<RecordWriter> = {}) {
  const writes: unknown[] = [];
  const writer: RecordWriter = {
    keepItems: (items) => {
      writes.push(items.map((placed) => placed.item.id));
      return Promise.resolve();
    },
    keepResponse: ({ id }) => {
      writes.push(id);
      return Promise.resolve();
    },
    failed: (error) => {
      writes.push(String(error));
    },
    ...overrides,
  };
  return { writer, writes };
}

describe('RunRecorder', () => {
  it('should not have deltas wait', () => {
    const { writer, writes } = record();
    const delta = { type: 'response.output_text.delta' } as ResponseEvent;
    expect(new RunRecorder(writer, true).before(delta)).toBeUndefined();
    expect(writes).toEqual([]);
  });

  it('should keep items before the client hears of them, those of one moment at once', async () => {
    const { writer, writes } = record();
    const recorder = new RunRecorder(writer, true);
    const first = recorder.before(done('a', 0));
    await recorder.before(done('b', 1));
    await first;
    expect(writes).toEqual([['a', 'b']]);
    await recorder.before(done('c', 2));
    expect(writes).toEqual([['a', 'b'], ['c']]);
  });

  it('should keep items with the response where it ends in the same moment', async () => {
    const { writer, writes } = record();
    const recorder = new RunRecorder(writer, true);
    const first = recorder.before(done('a', 0));
    await recorder.before(completed(response()));
    await first;
    expect(writes).toEqual(['resp_1']);
  });

  it('should have an item wait for the response it is kept with', async () => {
    let keep!: () => void;
    const { writer } = record({ keepResponse: () => new Promise((resolve) => (keep = resolve)) });
    const recorder = new RunRecorder(writer, true);
    let isKept = false;
    const wait = recorder.before(done('a', 0))?.then(() => (isKept = true));
    void recorder.before(completed(response()));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isKept).toBe(false);
    keep();
    await wait;
    expect(isKept).toBe(true);
  });

  it('should keep items with the response only where nobody hears of them before', () => {
    expect(new RunRecorder(record().writer, false).before(done('a', 0))).toBeUndefined();
  });

  it('should say that a response was not stored which could not be', async () => {
    const failing = () => Promise.reject(new Error('gone'));
    const { writer, writes } = record({ keepResponse: failing, keepItems: failing });
    const recorder = new RunRecorder(writer, true);
    await recorder.before(done('a', 0));
    const ended = response();
    await recorder.before(completed(ended));
    expect(ended.store).toBe(false);
    expect(writes).toEqual(['Error: gone', 'Error: gone']);
  });

  it('should keep a response once, also where it ends once more', async () => {
    const { writer, writes } = record();
    const recorder = new RunRecorder(writer, true);
    await recorder.before(completed(response()));
    await recorder.before({ type: 'response.failed', sequence_number: 10, response: response() });
    expect(writes).toEqual(['resp_1']);
  });
});
