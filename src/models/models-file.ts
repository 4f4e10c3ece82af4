import { createRequire } from 'node:module';
import { plainToInstance, Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNotIn,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Min,
  ValidateNested,
  type ValidationError,
  validateSync,
} from 'class-validator';
import {
  AUDIO_PARTS,
  FORMAT_WITH_TOOLS,
  MAX_TOKENS_FIELDS,
  MODEL_PRESET_NAMES,
  type ModelPresetName,
  type ModelProfile,
  NEVER_PASSED,
  REASONING_EFFORTS,
  REASONING_FIELDS,
  SYSTEM_ROLES,
  TOKEN_COUNTERS,
  TOOL_CALL_MODES,
  UNCLOSED_REASONING,
  VIDEO_PARTS,
} from '../contracts/model-profile.js';

const load = createRequire(import.meta.url);

/** What one model of `models.yaml` may say. Every field of the profile it leaves out is the preset's. */
export class ModelEntry implements Partial<Omit<ModelProfile, 'effort'>> {
  /** Name clients use. */
  @IsString()
  @IsNotEmpty()
  id!: string;

  /** Name the upstream knows it under, where that differs. */
  @IsOptional()
  @IsString()
  upstreamModel?: string;

  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  aliases?: string[];

  @IsOptional()
  @IsIn(MODEL_PRESET_NAMES)
  preset?: ModelPresetName;

  @IsOptional()
  @IsString()
  displayName?: string;

  @IsOptional()
  @IsIn(SYSTEM_ROLES)
  systemRole?: ModelProfile['systemRole'];

  @IsOptional()
  @IsIn(MAX_TOKENS_FIELDS)
  maxTokensField?: ModelProfile['maxTokensField'];

  @IsOptional()
  @IsIn(REASONING_FIELDS)
  reasoningField?: ModelProfile['reasoningField'];

  /** Upstream value by effort; null: not sent. Efforts that are left out are the preset's. */
  @IsOptional()
  @IsObject()
  effort?: Record<string, string | null>;

  @IsOptional()
  @IsObject()
  thinkingOn?: Record<string, unknown> | null;

  @IsOptional()
  @IsObject()
  thinkingOff?: Record<string, unknown> | null;

  @IsOptional()
  @IsBoolean()
  vision?: boolean;

  @IsOptional()
  @IsIn(AUDIO_PARTS)
  audioPart?: ModelProfile['audioPart'];

  @IsOptional()
  @IsIn(VIDEO_PARTS)
  videoPart?: ModelProfile['videoPart'];

  @IsOptional()
  @IsIn(TOOL_CALL_MODES)
  toolCalls?: ModelProfile['toolCalls'];

  @IsOptional()
  @IsString()
  toolParser?: string | null;

  @IsOptional()
  @IsString()
  reasoningParser?: string | null;

  @IsOptional()
  @IsIn(UNCLOSED_REASONING)
  unclosedReasoning?: ModelProfile['unclosedReasoning'];

  @IsOptional()
  @IsIn(FORMAT_WITH_TOOLS)
  formatWithTools?: ModelProfile['formatWithTools'];

  @IsOptional()
  @IsIn(TOKEN_COUNTERS)
  tokenCounter?: ModelProfile['tokenCounter'];

  @IsOptional()
  @IsInt()
  @Min(1)
  contextWindow?: number | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  maxOutputTokens?: number | null;

  /** Fields of the request that go upstream as they are. */
  @IsOptional()
  @IsArray()
  @Matches(/^[a-z]\w{0,63}$/i, { each: true })
  @IsNotIn(NEVER_PASSED, { each: true })
  passFields?: string[];

  @IsOptional()
  @IsObject()
  sampling?: Record<string, unknown>;
}

class ModelsFile {
  @IsArray()
  @ArrayNotEmpty()
  @ValidateNested({ each: true })
  @Type(() => ModelEntry)
  models!: ModelEntry[];
}

/**
 * Reads the text of `models.yaml`.
 *
 * @param path begins each message
 * @throws Error naming the path of every wrong or unknown field
 */
export function parseModelsFile(text: string, path: string): ModelEntry[] {
  // Loaded where there is a file.
  const { parse } = load('yaml') as typeof import('yaml');
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (cause) {
    throw new Error(`${path}: ${(cause as Error).message}`, { cause });
  }
  if (typeof raw !== 'object' || raw === null)
    throw new Error(`${path}: must be a mapping with the key models`);
  const file = plainToInstance(ModelsFile, raw);
  const problems = describeProblems(validateSync(file, { whitelist: true, forbidNonWhitelisted: true }));
  if (problems.length === 0) problems.push(...findClashes(file.models), ...findUnknownEfforts(file.models));
  if (problems.length > 0)
    throw new Error(`${path}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  return file.models;
}

function describeProblems(errors: readonly ValidationError[], parent = ''): string[] {
  return errors.flatMap(({ property, constraints, children }) => {
    const isIndex = /^\d+$/.test(property);
    const path = isIndex
      ? `${parent}[${property}]`
      : [parent, property].filter((part) => part !== '').join('.');
    const own = Object.values(constraints ?? {}).map((text) => `${path}: ${text}`);
    return [...own, ...describeProblems(children ?? [], path)];
  });
}

function findClashes(models: readonly ModelEntry[]): string[] {
  const names = models.flatMap(({ id, aliases }) => [id, ...(aliases ?? [])]);
  return names
    .filter((name, index) => names.indexOf(name) !== index)
    .map((name) => `the name ${name} is used twice`);
}

function findUnknownEfforts(models: readonly ModelEntry[]): string[] {
  const known: readonly string[] = REASONING_EFFORTS;
  return models.flatMap(({ effort }, index) =>
    Object.entries(effort ?? {})
      .filter(([name, value]) => !known.includes(name) || (value !== null && typeof value !== 'string'))
      .map(
        ([name]) =>
          `models[${index}].effort.${name}: must be one of ${known.join(', ')} with a string or null`,
      ),
  );
}
