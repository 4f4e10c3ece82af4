import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { describeProblems, refuseIfAny } from '../config/describe-problems.js';
import { parseYaml } from '../config/parse-yaml.js';
import { isObject } from '../contracts/raw-object.js';
import { findClashes, type GivenServers } from './find-clashes.js';
import { GatewayFileContent } from './gateway-file-content.js';
import { replaceVariables } from './replace-variables.js';

export interface GatewayFileContext extends GivenServers {
  /** The value of a variable that the file may name; undefined where it is not set. */
  variable: (name: string) => string | undefined;
}

/**
 * Reads the text of CONFIG_FILE.
 *
 * @param label begins each message
 * @throws Error naming the path of everything that is wrong, never a secret
 */
export function parseGatewayFile(
  text: string,
  label: string,
  context: GatewayFileContext,
): GatewayFileContent {
  const raw = parseYaml(text, label);
  if (!isObject(raw) || Object.keys(raw).length === 0)
    throw new Error(`${label}: must be a mapping with keys such as upstreams, models or mcpServers`);
  const { value, problems } = replaceVariables(raw, context.variable);
  refuseIfAny(problems, label);
  const content = plainToInstance(GatewayFileContent, value);
  refuseIfAny(findWrongFields(content), label);
  refuseIfAny(findClashes(content, context), label);
  return content;
}

function findWrongFields(content: GatewayFileContent): string[] {
  const options = { whitelist: true, forbidNonWhitelisted: true, stopAtFirstError: true };
  return describeProblems(validateSync(content, options));
}
