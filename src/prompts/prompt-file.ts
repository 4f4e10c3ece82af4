import { plainToInstance, Transform, Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
  validateSync,
} from 'class-validator';
import { describeProblems, refuseIfAny } from '../config/describe-problems.js';
import { parseYaml } from '../config/parse-yaml.js';
import { isObject } from '../contracts/raw-object.js';

const NAME = /^[\w.-]{1,64}$/;
const NAME_RULE = { message: 'must be 1 to 64 letters, digits, dots, hyphens or underscores' };
const ENDING = /\.ya?ml$/;

/** YAML reads `version: 2` as a number. */
const AsText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'number' ? String(value) : value));

const IsTextOrItems = (): PropertyDecorator =>
  ValidateBy({
    name: 'isTextOrItems',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' || (Array.isArray(value) && value.length > 0 && value.every(isObject)),
      defaultMessage: () => 'must be a text, or a list of items',
    },
  });

/** What a request gets of a prompt, under the names of its own fields. */
export class PromptVersion {
  @AsText()
  @Matches(NAME, NAME_RULE)
  version!: string;

  @IsOptional()
  @IsString()
  instructions?: string;

  @IsOptional()
  @IsTextOrItems()
  input?: string | object[];

  @IsOptional()
  @IsString()
  model?: string;

  @IsOptional()
  @IsArray()
  tools?: object[];

  @IsOptional()
  tool_choice?: unknown;

  @IsOptional()
  @IsBoolean()
  parallel_tool_calls?: boolean;

  @IsOptional()
  @IsObject()
  text?: object;

  @IsOptional()
  @IsObject()
  reasoning?: object;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(2)
  temperature?: number;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  top_p?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  max_output_tokens?: number;
}

class PromptFile {
  /** Absent: the name of the file. */
  @IsOptional()
  @Matches(NAME, NAME_RULE)
  id?: string;

  @ValidateNested({ each: true })
  @Type(() => PromptVersion)
  @ArrayNotEmpty()
  @IsArray()
  versions!: PromptVersion[];
}

/** The versions of each prompt by its id, in the order of its file. */
export type PromptTable = ReadonlyMap<string, readonly PromptVersion[]>;

/**
 * Reads the files of PROMPTS_DIR.
 *
 * @param texts by the names of the files
 * @param label begins the message
 * @throws Error naming file and path of everything that is wrong
 */
export function parsePromptFiles(texts: ReadonlyMap<string, string>, label: string): PromptTable {
  const table = new Map<string, readonly PromptVersion[]>();
  const problems: string[] = [];
  for (const [name, text] of texts) {
    const { id = name.replace(ENDING, ''), versions } = parsePromptFile(text, `${label}/${name}`);
    if (table.has(id)) problems.push(`${name}: the id ${id} is used twice`);
    table.set(id, versions);
  }
  refuseIfAny(problems, label);
  return table;
}

function parsePromptFile(text: string, label: string): PromptFile {
  const raw = parseYaml(text, label);
  if (!isObject(raw)) throw new Error(`${label}: must be a mapping with versions`);
  const file = plainToInstance(PromptFile, raw);
  const problems = describeProblems(validateSync(file, { whitelist: true, forbidNonWhitelisted: true }));
  refuseIfAny(problems, label);
  refuseIfAny(findTwice(file.versions), label);
  return file;
}

function findTwice(versions: readonly PromptVersion[]): string[] {
  const names = versions.map(({ version }) => version);
  return names.flatMap((name, index) =>
    names.indexOf(name) < index ? [`versions[${index}].version: ${name} is used twice`] : [],
  );
}
