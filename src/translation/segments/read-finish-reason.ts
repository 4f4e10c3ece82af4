import type { FinishReason } from './segment.js';

/** What a server's word means; `failure`: the answer is not to be trusted to be the model's. */
export type FinishMeaning = Exclude<FinishReason, 'empty' | 'no_required_call'> | 'failure';

/**
 * The words by which model servers say why they stopped, folded (lower case, letters only): vLLM, SGLang, LMDeploy, llama.cpp, TGI,
 * TensorRT-LLM, Ollama, LM Studio, and what DeepSeek, Mistral, Zhipu, Moonshot, MiniMax, Qianfan, Gemini, Anthropic, Bedrock, Cohere and
 * watsonx say where their own words come through a proxy.
 */
const WORDS: Readonly<Record<FinishMeaning, string>> = {
  stop: `stop eos eostoken eosfound endid endturn endofturn stopsequence stopstring stopword stopwords stopstringfound
    stopped stoptoken complete completed normal finished done end toolcall toolcalls tooluse functioncall functioncalls`,
  length: `length maxlength maxtokens maxoutputtokens maxcompletiontokens maxnewtokens maxtokensreached maxtokensexceeded maxoutput
    maxoutputreached maxpredictedtokensreached outputlimit tokenlimit tokenlimitreached limit errorlimit lengthlimit modellength
    maxmodellen maxsequencelength maxcontextlength contextlength contextlengthexceeded contextlengthreached contextlimit
    contextwindowexceeded contextoverflow modelcontextwindowexceeded truncated`,
  content_filter: `contentfilter contentfiltered contentfiltering filter filtered sensitive safety imagesafety recitation imagerecitation
    language blocklist prohibitedcontent imageprohibitedcontent spii modelarmor jailbreak refusal guardrail guardrails
    guardrailintervened errortoxic moderation blocked contentpolicy contentpolicyviolation policyviolation`,
  interrupted: `repetition repetitiondetected pauseturn notfinished incomplete timelimit maxtime`,
  malformed_call: `malformedfunctioncall malformedtoolcall malformedtooluse unexpectedtoolcall invalidtoolcall`,
  failure: `error errors errorfinish abort aborted cancel cancelled canceled usercancel usercancelled userstopped networkerror
    connectionerror insufficientsystemresource insufficientsystemresources parseerror malformedresponse malformedmodeloutput servererror
    internalerror engineerror failed failure timeout timedout unload modelunloaded overloaded`,
};

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
  const whole = lookUp(word);
  if (whole !== null || !word.includes(':')) return whole;
  // The last part is the closest: `function_call_filter: MALFORMED_FUNCTION_CALL`.
  const parts = word.split(':').reverse().map(lookUp);
  return parts.find((meaning) => meaning !== null) ?? null;
}

function lookUp(word: string): FinishMeaning | null {
  const folded = word.toLowerCase().replace(/[^a-z]/g, '');
  return MEANINGS.get(folded) ?? MEANINGS.get(folded.replace(/^finishreason|^stopreason/, '')) ?? null;
}
