import { Transform, type TransformFnParams } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

const MAX_TIMER_MS = 2_147_483_647;

/** true, 1, yes, on or their opposites, in any case. */
export const Flag = (): PropertyDecorator =>
  // The text as given: `value` has already been through the implicit conversion, to which any text is true.
  Transform(({ obj, key }: TransformFnParams) => {
    const value = (obj as Record<string, unknown>)[key];
    if (typeof value !== 'string') return value;
    if (/^(true|1|yes|on)$/i.test(value)) return true;
    return /^(false|0|no|off)$/i.test(value) ? false : value;
  });

/** A whole number that a timer takes. */
export const Milliseconds =
  (minimum: number): PropertyDecorator =>
  (target, key) => {
    IsInt()(target, key);
    Min(minimum)(target, key);
    Max(MAX_TIMER_MS)(target, key);
  };
