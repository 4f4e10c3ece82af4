import type { FinishReason } from '../vocabulary/segment.js';

/** What a server's word means; `failure`: the answer is not to be trusted to be the model's. */
export type FinishMeaning = Exclude<FinishReason, 'empty' | 'no_required_call'> | 'failure';

/**
 * The words by which model servers say why they stopped, folded (lower case, letters only): vLLM, SGLang, LMDeploy, llama.cpp, TGI,
 * TensorRT-LLM, Ollama, LM Studio, and what DeepSeek, Mistral, Zhipu, Moonshot, MiniMax, Qianfan, Gemini, Anthropic, Bedrock, Cohere and
 * watsonx say where their own words come through a proxy. Those that a part of them tells are not here.
 */
const WORDS: Readonly<Record<FinishMeaning, string>> = {
  stop: `stop eos eostoken eosfound endid endturn endofturn stopsequence stopstring stopword stopwords stopstringfound
    stopped stoptoken complete completed normal finished done end toolcall toolcalls tooluse functioncall functioncalls`,
  length: 'errorlimit',
  content_filter: 'recitation imagerecitation language spii modelarmor jailbreak refusal errortoxic',
  interrupted: 'repetition repetitiondetected pauseturn notfinished incomplete timelimit maxtime',
  malformed_call:
    'malformedfunctioncall malformedtoolcall malformedtooluse unexpectedtoolcall invalidtoolcall',
  failure: 'malformedresponse malformedmodeloutput userstopped unload modelunloaded',
};

/** Parts by which other words are understood, of which there are more every month; the first that is found counts. */
const PARTS: readonly (readonly [RegExp, FinishMeaning])[] = [
  [/filter|safety|sensitive|polic|prohibit|block|moderat|guardrail/, 'content_filter'],
  [
    /error|fail|abort|cancel|time(?:d)?out|deadline|ratelimit|quota|exhausted|insufficient|unavailable|overload/,
    'failure',
  ],
  [/length|limit|max|long|exceed|truncat|overflow/, 'length'],
];

const MEANINGS = new Map<string, FinishMeaning>();
for (const [meaning, words] of Object.entries(WORDS)) {
  for (const word of words.split(/\s+/)) MEANINGS.set(word, meaning as FinishMeaning);
}

/** Words longer than any that is known are not looked at: they are the server's, and may be a whole message. */
const MAX_LENGTH = 100;

/**
 * What a finish reason means, however it is spelled: in capitals, with `-`, `_` or spaces, as an enum's name
 * (`FINISH_REASON_MAX_TOKENS`), behind the name of a filter (`content_filter: SAFETY`), or as the `type` of an object (SGLang).
 *
 * @returns null for a word that is not known
 */
export function readFinishReason(reason: unknown): FinishMeaning | null {
  const word = typeof reason === 'object' && reason !== null && 'type' in reason ? reason.type : reason;
  if (typeof word !== 'string' || word.length > MAX_LENGTH) return null;
  // The last one is the closest: `function_call_filter: MALFORMED_FUNCTION_CALL`.
  const words = [word, ...word.split(':').reverse()].map(fold);
  for (const known of words) {
    const meaning = MEANINGS.get(known);
    if (meaning) return meaning;
  }
  for (const [part, meaning] of PARTS) if (words.some((unknown) => part.test(unknown))) return meaning;
  return null;
}

function fold(word: string): string {
  return word
    .toLowerCase()
    .replace(/[^a-z]/g, '')
    .replace(/^(?:finish|stop)reason/, '');
}
