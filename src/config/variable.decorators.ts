import { accessSync, constants, statSync } from 'node:fs';
import { Transform, type TransformFnParams } from 'class-transformer';
import { IsBoolean, ValidateBy } from 'class-validator';
import { readDuration, readFlag, readSize } from './units.js';

const MAX_TIMER_MS = 2_147_483_647;
const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
};

/** true, 1, yes, on or their opposites, in any case. @public */
export const Flag = (): PropertyDecorator =>
  both(readText(readFlag), IsBoolean({ message: 'must be true or false' }));

/** @param maximum whole numbers beyond it are refused too */
export const WholeNumber = (minimum: number, maximum = Number.MAX_SAFE_INTEGER): PropertyDecorator =>
  isWhole(
    minimum,
    maximum,
    `must be a whole number${maximum < Number.MAX_SAFE_INTEGER ? ` from ${minimum} to ${maximum}` : `, ${minimum} or more`}`,
  );

/** Milliseconds that a timer takes, also given as `500ms`, `30s`, `2m` or `1h`. @public */
export const Milliseconds = (minimum: number): PropertyDecorator =>
  both(
    readText(readDuration),
    isWhole(
      minimum,
      MAX_TIMER_MS,
      `must be a duration such as 500ms, 30s, 2m or 1h, or milliseconds, from ${minimum} to ${MAX_TIMER_MS}`,
    ),
  );

/** Milliseconds that no timer waits for, also given as `30s`, `12h` or `30d`. */
export const Duration = (minimum: number): PropertyDecorator =>
  both(
    readText(readDuration),
    isWhole(
      minimum,
      Number.MAX_SAFE_INTEGER,
      `must be a duration such as 30s, 10m, 12h or 30d, or milliseconds, ${minimum} or more`,
    ),
  );

/** Bytes, also given as `64k`, `32mb` or `1g`. */
export const Bytes = (minimum: number): PropertyDecorator =>
  both(
    readText(readSize),
    isWhole(
      minimum,
      Number.MAX_SAFE_INTEGER,
      `must be a size such as 64k, 32mb or 1g, or bytes, ${minimum} or more`,
    ),
  );

/** The path of a file that can be read now. */
export const IsReadableFile = (): PropertyDecorator =>
  ValidateBy({
    name: 'isReadableFile',
    validator: {
      validate: (path: unknown) => typeof path === 'string' && whyUnreadable(path) === null,
      defaultMessage: (context) => `cannot be read: ${whyUnreadable(String(context?.value)) ?? ''}`,
    },
  });

/** The path of a folder that can be read now. */
export const IsReadableFolder = (): PropertyDecorator =>
  ValidateBy({
    name: 'isReadableFolder',
    validator: {
      validate: (path: unknown) => typeof path === 'string' && whyNoFolder(path) === null,
      defaultMessage: (context) => `cannot be read: ${whyNoFolder(String(context?.value)) ?? ''}`,
    },
  });

/** Reads the text as given: the value has already been through the implicit conversion, to which any text is true, and `5s` no number. */
function readText(read: (text: string) => unknown): PropertyDecorator {
  return Transform(({ obj, key }: TransformFnParams) => {
    const given = (obj as Record<string, unknown>)[key];
    return typeof given === 'string' ? read(given) : given;
  });
}

function isWhole(minimum: number, maximum: number, message: string): PropertyDecorator {
  return ValidateBy({
    name: 'isWhole',
    validator: {
      validate: (value: unknown) =>
        Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum,
      defaultMessage: () => message,
    },
  });
}

function both(...decorators: PropertyDecorator[]): PropertyDecorator {
  return (target, key) => {
    for (const decorate of decorators) decorate(target, key);
  };
}

function whyUnreadable(path: string): string | null {
  return whyNot(path, (isFolder) => (isFolder ? 'it is a folder' : null));
}

function whyNoFolder(path: string): string | null {
  return whyNot(path, (isFolder) => (isFolder ? null : 'it is no folder'));
}

function whyNot(path: string, judge: (isFolder: boolean) => string | null): string | null {
  try {
    accessSync(path, constants.R_OK);
    return judge(statSync(path).isDirectory());
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return REASONS[code] ?? message;
  }
}
