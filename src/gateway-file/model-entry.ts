import {
  ArrayNotEmpty,
  ArrayUnique,
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
} from 'class-validator';
import {
  AUDIO_PARTS,
  FORMAT_WITH_TOOLS,
  MAX_TOKENS_FIELDS,
  MODEL_PRESET_NAMES,
  type ModelPresetName,
  type ModelProfile,
  NEVER_PASSED,
  REASONING_FIELDS,
  SYSTEM_ROLES,
  TOKEN_COUNTERS,
  TOOL_CALL_MODES,
  UNCLOSED_REASONING,
  VIDEO_PARTS,
} from '../contracts/model-profile.js';
import { MayBeAbsent } from './file.decorators.js';

/**
 * A model, as the deployer describes it. Every field of the profile that it leaves out is the preset's; null is a value of those that may
 * have it. schema/gateway.schema.json says the same to editors; a test compares them.
 */
export class ModelEntry implements Partial<Omit<ModelProfile, 'effort'>> {
  /** Name clients use. */
  @IsNotEmpty()
  @IsString()
  id!: string;

  /** Name the upstream knows it under, where that differs. */
  @MayBeAbsent()
  @IsNotEmpty()
  @IsString()
  upstreamModel?: string;

  /** Names of the servers that have it; absent: all that list it. */
  @MayBeAbsent()
  @ArrayUnique()
  @ArrayNotEmpty()
  @IsString({ each: true })
  @IsArray()
  upstreams?: string[];

  @MayBeAbsent()
  @IsNotEmpty({ each: true })
  @IsString({ each: true })
  @IsArray()
  aliases?: string[];

  /** Absent: the one that its servers have in common, else UPSTREAM_PRESET. */
  @MayBeAbsent()
  @IsIn(MODEL_PRESET_NAMES)
  preset?: ModelPresetName;

  @MayBeAbsent()
  @IsString()
  displayName?: string;

  @MayBeAbsent()
  @IsIn(SYSTEM_ROLES)
  systemRole?: ModelProfile['systemRole'];

  @MayBeAbsent()
  @IsIn(MAX_TOKENS_FIELDS)
  maxTokensField?: ModelProfile['maxTokensField'];

  @IsOptional()
  @IsIn(REASONING_FIELDS)
  reasoningField?: ModelProfile['reasoningField'];

  /** Upstream value by effort; null: not sent. Efforts that are left out are the preset's. */
  @MayBeAbsent()
  @IsObject()
  effort?: Record<string, string | null>;

  @IsOptional()
  @IsObject()
  thinkingOn?: Record<string, unknown> | null;

  @IsOptional()
  @IsObject()
  thinkingOff?: Record<string, unknown> | null;

  @MayBeAbsent()
  @IsBoolean()
  vision?: boolean;

  @IsOptional()
  @IsIn(AUDIO_PARTS)
  audioPart?: ModelProfile['audioPart'];

  @IsOptional()
  @IsIn(VIDEO_PARTS)
  videoPart?: ModelProfile['videoPart'];

  @MayBeAbsent()
  @IsIn(TOOL_CALL_MODES)
  toolCalls?: ModelProfile['toolCalls'];

  @IsOptional()
  @IsString()
  toolParser?: string | null;

  @IsOptional()
  @IsString()
  reasoningParser?: string | null;

  @MayBeAbsent()
  @IsIn(UNCLOSED_REASONING)
  unclosedReasoning?: ModelProfile['unclosedReasoning'];

  @MayBeAbsent()
  @IsIn(FORMAT_WITH_TOOLS)
  formatWithTools?: ModelProfile['formatWithTools'];

  @IsOptional()
  @IsIn(TOKEN_COUNTERS)
  tokenCounter?: ModelProfile['tokenCounter'];

  @IsOptional()
  @Min(1)
  @IsInt()
  contextWindow?: number | null;

  @IsOptional()
  @Min(1)
  @IsInt()
  maxOutputTokens?: number | null;

  /** Fields of the request that go upstream as they are. */
  @MayBeAbsent()
  @IsNotIn(NEVER_PASSED, { each: true })
  @Matches(/^[a-z]\w{0,63}$/i, { each: true })
  @IsArray()
  passFields?: string[];

  @MayBeAbsent()
  @IsObject()
  sampling?: Record<string, unknown>;
}
