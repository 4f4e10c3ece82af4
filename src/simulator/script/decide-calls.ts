import { asJson, asList, type ChatRequest, type Json, type ToolDefinition } from '../chat-request.js';
import { escapeRegex, readArguments } from './read-arguments.js';
import { schemaInstance } from './schema-instance.js';
import type { Random } from './seeded-random.js';

/** A call the script decides on. */
export interface ScriptedCall {
  name: string;
  args: Json;
}

/** How far from its name the words may stand that make it a tool's. */
const NEAR = 80;
/** Names are looked for in the beginning of a long question. */
const MAX_LOOKED_AT = 50_000;

/**
 * The calls a turn makes: each tool that "call", "use", "run" or "invoke" names, in that order;
 * without one, the tool that the choice forces.
 */
export function decideCalls(request: ChatRequest, question: string, random: Random): ScriptedCall[] {
  const { toolChoice } = request;
  const tools = request.tools.filter(({ name }) => toolChoice.names?.includes(name) ?? true);
  const mentions = findMentions(question, tools);
  if (mentions.length === 0 && toolChoice.mode === 'required' && tools[0]) {
    mentions.push({ tool: tools[0], start: 0, end: 0 });
  }
  return mentions.map(({ tool, end }, index) => {
    const segment = question.slice(end, mentions[index + 1]?.start);
    const args = readArguments(segment, tool.parameters);
    return { name: tool.name, args: fillArguments(args, tool.parameters, random) };
  });
}

/** The arguments that were given, and made-up values for the required ones that were not. */
function fillArguments(given: Json, schema: Json, random: Random): Json {
  const missing = new Set(asList(schema.required).filter((name) => !Object.hasOwn(given, String(name))));
  if (missing.size === 0) return given;
  const made = Object.entries(asJson(schemaInstance(schema, random)));
  return { ...Object.fromEntries(made.filter(([name]) => missing.has(name))), ...given };
}

interface Mention {
  tool: ToolDefinition;
  start: number;
  end: number;
}

function findMentions(question: string, tools: ToolDefinition[]): Mention[] {
  const wish = /(?<!\bnot |n't |\bnever )\b(?:call|use|run|invoke)\b/i.exec(question);
  if (!wish || tools.length === 0) return [];
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const names = [...byName.keys()].sort((a, b) => b.length - a.length).map(escapeRegex);
  const pattern = new RegExp(`(?<![\\w.-])(${names.join('|')})(?![\\w-])`, 'g');
  pattern.lastIndex = wish.index;
  return [...question.slice(0, MAX_LOOKED_AT).matchAll(pattern)].flatMap((match) => {
    const tool = byName.get(match[1] ?? '');
    // A word that only happens to be a tool's name is a value, as in "with query search".
    const named = tool && isNamed(question, match.index, match.index + match[0].length);
    return named ? [{ tool, start: match.index, end: match.index + match[0].length }] : [];
  });
}

/** A tool is named by the verb or "and" before it, or by the word "tool" or "function" after it. */
function isNamed(question: string, start: number, end: number): boolean {
  const before = question.slice(Math.max(0, start - NEAR), start);
  const after = question.slice(end, end + NEAR);
  return (
    /^[`'"]?\s+(?:tool|function)s?\b/i.test(after) ||
    /\b(?:call|use|run|invoke)\s+(?:both\s+)?(?:the\s+)?(?:tools?\s+)?[`'"]?$/i.test(before) ||
    /(?:\band|,)\s+(?:the\s+)?[`'"]?$/i.test(before)
  );
}
