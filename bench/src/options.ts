import { parseArgs } from 'node:util';
import { BUILT_IN, buildSubject, peerSubject, type Subject } from './subjects.js';

export interface Options {
  rounds: number;
  quick: boolean;
  /** Only these cases; all when empty. */
  cases: readonly string[];
  /** Only these subjects, and what they are compared with; all when empty. */
  subjects: readonly string[];
  builds: readonly Subject[];
  peers: readonly Subject[];
  /** How long a gateway may take until it costs no less: until its code is compiled. */
  warmSeconds: number;
  /** How much shorter slices are than the cases say. */
  sliceShare: number;
}

export const HELP = `npm run bench -- [options]

  --quick                 a look in about two minutes: fewer rounds, shorter slices
  --rounds N              rounds of a case, 5 or more (default 7; 4 with --quick); cases of paced streams take fewer
  --cases a,b             only these cases
  --subjects a,b          only these of the built-in subjects, and what they are compared with
  --build name=folder     another build of the gateway beside it: a checkout with a dist
  --peer name='command'   another gateway beside it; it finds PORT and UPSTREAM_BASE_URL in its environment
  --chat-peer name='command'
                          the same for a server that passes chat completions on
  --help`;

const FEWEST_ROUNDS = 5;

/** @throws Error when an option is unknown or wrong */
export function parseOptions(args: readonly string[], knownCases: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      cases: { type: 'string' },
      subjects: { type: 'string' },
      build: { type: 'string', multiple: true, default: [] },
      peer: { type: 'string', multiple: true, default: [] },
      'chat-peer': { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const { quick } = values;
  return {
    rounds: readRounds(values.rounds, quick),
    quick,
    cases: readNames('case', values.cases, knownCases),
    subjects: readNames(
      'subject',
      values.subjects,
      BUILT_IN.map(({ name }) => name),
    ),
    builds: values.build.map((text) => buildSubject(...splitPair(text))),
    peers: [
      ...values.peer.map((text) => peerSubject(...splitPair(text), 'responses')),
      ...values['chat-peer'].map((text) => peerSubject(...splitPair(text), 'chat')),
    ],
    warmSeconds: quick ? 3 : 20,
    sliceShare: quick ? 0.75 : 1,
  };
}

function readRounds(text: string | undefined, quick: boolean): number {
  if (text === undefined) return quick ? 4 : 7;
  const rounds = Number(text);
  const fewest = quick ? 1 : FEWEST_ROUNDS;
  if (!Number.isInteger(rounds) || rounds < fewest) throw new Error(`--rounds must be ${fewest} or more.`);
  return rounds;
}

function readNames(what: string, text: string | undefined, known: readonly string[]): string[] {
  const wanted = (text ?? '').split(',').filter((name) => name !== '');
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new Error(`There is no ${what} ${unknown}. There are: ${known.join(', ')}`);
  return wanted;
}

function splitPair(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`${text} must be name=value.`);
  return [text.slice(0, at), text.slice(at + 1)];
}
