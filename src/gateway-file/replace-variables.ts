import { isObject } from '../contracts/raw-object.js';

/** `$${`, `${NAME}`, or a `${` that is neither. */
const REFERENCE = /\$(\$\{)|\$\{(?:([A-Za-z_]\w*)\})?/g;

export interface Replaced {
  value: unknown;
  /** A line each, which begins with the path. */
  problems: string[];
}

/**
 * Puts the values of variables where texts say `${NAME}`; `$${` stands for `${` itself. The file has been parsed by then: what a variable
 * holds is text, whatever it looks like, and is not looked at again. Keys stay as they are.
 *
 * @param variable the value of a variable; undefined where it is not set
 */
export function replaceVariables(
  value: unknown,
  variable: (name: string) => string | undefined,
  path = '',
): Replaced {
  if (typeof value === 'string') return replaceInText(value, variable, path);
  if (Array.isArray(value)) {
    const items = value.map((item, index) => replaceVariables(item, variable, `${path}[${index}]`));
    return { value: items.map((item) => item.value), problems: items.flatMap(({ problems }) => problems) };
  }
  if (!isObject(value)) return { value, problems: [] };
  const fields = Object.entries(value).map(
    ([key, field]) => [key, replaceVariables(field, variable, path === '' ? key : `${path}.${key}`)] as const,
  );
  return {
    value: Object.fromEntries(fields.map(([key, field]) => [key, field.value])),
    problems: fields.flatMap(([, { problems }]) => problems),
  };
}

function replaceInText(text: string, variable: (name: string) => string | undefined, path: string): Replaced {
  const problems: string[] = [];
  const value = text.replace(REFERENCE, (found: string, escaped?: string, name?: string) => {
    if (escaped !== undefined) return escaped;
    const known = name === undefined ? undefined : variable(name);
    if (known !== undefined) return known;
    problems.push(
      name === undefined
        ? `${path}: has \${ without a name and }; write $\${ where \${ itself is meant`
        : `${path}: ${found} is not set in the environment`,
    );
    return found;
  });
  return { value, problems };
}
