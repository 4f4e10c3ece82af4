import type { ValidationError } from 'class-validator';

/** What is wrong with a file, a line each, which begins with the path of the field: `models[0].id: must be a string`. */
export function describeProblems(errors: readonly ValidationError[], parent = ''): string[] {
  return errors.flatMap(({ property, constraints, children }) => {
    const isIndex = /^\d+$/.test(property);
    const path = isIndex
      ? `${parent}[${property}]`
      : [parent, property].filter((part) => part !== '').join('.');
    const own = Object.entries(constraints ?? {}).map(([rule, text]) => {
      if (rule === 'whitelistValidation') return `${path}: is unknown`;
      // The path has named the property already.
      return `${path}: ${text.startsWith(`${property} `) ? text.slice(property.length + 1) : text}`;
    });
    return [...own, ...describeProblems(children ?? [], path)];
  });
}

/** @throws Error with a line for each problem */
export function refuseIfAny(problems: readonly string[], label: string): void {
  if (problems.length > 0) throw new Error(listProblems(problems, label));
}

export const listProblems = (problems: readonly string[], label: string): string =>
  [`${label}:`, ...problems].join('\n  ');
