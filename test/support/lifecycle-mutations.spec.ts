import { isRecord, recordOf, type Json } from './json.js';
import { checkResponse } from './lifecycle-oracle.js';
import { isAccepted, renumbered, survivors, type Mutant } from './mutants.js';
import { sampleStreams } from './sample-streams.js';

type Path = (string | number)[];

const NAMES = Object.keys(sampleStreams());

function forEachEvent(events: Json[], change: (index: number) => Json[] | undefined): Mutant[] {
  return events.flatMap((event, index): Mutant[] => {
    const changed = change(index);
    return changed ? [[`#${index} ${String(event.type)}`, changed]] : [];
  });
}

/** Of two items that are open at once, neither has to wait for the other. */
function areIndependent(first: Json, second: Json): boolean {
  const [one, two] = [first.output_index, second.output_index];
  const areBothAdded = [first, second].every(({ type }) => type === 'response.output_item.added');
  return one !== undefined && two !== undefined && one !== two && !areBothAdded;
}

function leaves(value: unknown, path: Path = []): Path[] {
  if (Array.isArray(value))
    return value.length === 0 ? [path] : value.flatMap((inner, n) => leaves(inner, [...path, n]));
  if (isRecord(value)) return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
  return [path];
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Json)[key], value);
}

/** The stream with one event changed; the others are shared, for copying them all is slow. */
function withChange(
  events: Json[],
  path: Path,
  change: (parent: Json, key: string | number) => void,
): Json[] {
  const index = Number(path[0]);
  const copy = structuredClone(events[index]!);
  change(at(copy, path.slice(1, -1)) as Json, path.at(-1)!);
  return events.with(index, copy);
}

function altered(value: unknown): unknown {
  if (typeof value === 'string') return `${value}x`;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return value === null ? 'x' : ['x'];
}

/** Values that nothing else in the stream pins down: another value is as good. */
const FREE = [
  /response\.completed_at$/,
  /response\.usage\.\w+_details\.\w+$/,
  /^\d+\.error\.type$/,
  /response\.error\.(?!code|message)/,
];

/** Fields whose absence or null is as good, because the event is the error event or the value is optional. */
const NULLABLE = [/^\d+\.param$/, /^\d+\.error\.param$/];

function valueMutants(events: Json[], change: (value: unknown) => unknown, except: RegExp[]): Mutant[] {
  const paths = leaves(events).filter((path) => !except.some((pattern) => pattern.test(path.join('.'))));
  return paths
    .filter((path) => change(at(events, path)) !== at(events, path))
    .map((path): Mutant => {
      const set = (parent: Json, key: string | number) => {
        parent[key] = change(parent[key]);
      };
      return [path.join('.'), withChange(events, path, set)];
    });
}

describe.each(NAMES)('mutations of the stream "%s"', (name) => {
  const events = (): Json[] => sampleStreams()[name]!;

  it('should reject it without any one of its events', () => {
    const drop = (index: number) => events().filter((_, other) => other !== index);
    expect(survivors(forEachEvent(events(), drop))).toEqual([]);
    expect(survivors(forEachEvent(events(), (index) => renumbered(drop(index))))).toEqual([]);
  });

  it('should reject it with any one of its events doubled', () => {
    const double = (index: number) =>
      events().flatMap((event, other) => (other === index ? [event, event] : [event]));
    expect(survivors(forEachEvent(events(), double))).toEqual([]);
    expect(survivors(forEachEvent(events(), (index) => renumbered(double(index))))).toEqual([]);
  });

  it('should reject it with any two neighbours swapped', () => {
    const swap = (index: number): Json[] | undefined => {
      const copy = events();
      const [first, second] = [copy[index], copy[index + 1]];
      if (!first || !second || areIndependent(first, second)) return undefined;
      copy.splice(index, 2, second, first);
      return renumbered(copy);
    };
    expect(survivors(forEachEvent(events(), swap))).toEqual([]);
  });

  it('should reject it with any event moved to the end', () => {
    const move = (index: number): Json[] | undefined => {
      if (index === events().length - 1) return undefined;
      return renumbered([...events().filter((_, other) => other !== index), events()[index]!]);
    };
    expect(survivors(forEachEvent(events(), move))).toEqual([]);
  });

  it('should reject it with any one value altered', () => {
    expect(survivors(valueMutants(events(), altered, FREE))).toEqual([]);
  });

  it('should reject it with any one value made null', () => {
    expect(survivors(valueMutants(events(), () => null, NULLABLE))).toEqual([]);
  });

  it('should reject it with any one field of an event missing', () => {
    const fields = events().flatMap((event, index) => Object.keys(event).map((key): Path => [index, key]));
    const mutants = fields.map((path): Mutant => {
      return [
        path.join('.'),
        withChange(events(), path, (parent, key) => {
          Reflect.deleteProperty(parent, key);
        }),
      ];
    });
    expect(survivors(mutants)).toEqual([]);
  });

  it('should reject it with any one field of an item, part or response missing', () => {
    const nested = events().flatMap((event, index) =>
      ['response', 'item', 'part', 'error']
        .filter((holder) => isRecord(event[holder]))
        .flatMap((holder) => Object.keys(recordOf(event[holder])).map((key): Path => [index, holder, key])),
    );
    const mutants = nested.map((path): Mutant => {
      return [
        path.join('.'),
        withChange(events(), path, (parent, key) => {
          Reflect.deleteProperty(parent, key);
        }),
      ];
    });
    expect(survivors(mutants)).toEqual([]);
  });
});

describe('mutations of a response that is not streamed', () => {
  const response = (): Json => recordOf(sampleStreams()['reasoning summary and text']!.at(-1)?.response);

  it('should reject it without any one of its fields', () => {
    const fields = Object.keys(response());
    const kept = fields.filter((field) => {
      const mutant = response();
      Reflect.deleteProperty(mutant, field);
      return isAccepted(() => {
        checkResponse(mutant, { schema: false });
      });
    });
    expect(kept).toEqual([]);
  });

  it('should reject it with any field of a wrong type', () => {
    const kept = Object.keys(response()).filter((field) =>
      isAccepted(() => {
        checkResponse(
          { ...response(), [field]: Symbol.iterator in Object(response()[field]) ? 7 : [[]] },
          { schema: false },
        );
      }),
    );
    expect(kept).toEqual([]);
  });
});
