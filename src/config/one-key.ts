import { readFileSync } from 'node:fs';
import { ValidateBy } from 'class-validator';

/** As it stands in a header. */
export const ONE_KEY = /^[\x21-\x7e]+$/;
export const NOT_ONE_KEY = 'must hold one key, and nothing else';

/** The path of a file with one key. Of one that cannot be read nothing is said. */
export const IsKeyFile = (): PropertyDecorator =>
  ValidateBy({
    name: 'isKeyFile',
    validator: {
      validate: (path: unknown) => typeof path !== 'string' || holdsKey(path),
      defaultMessage: () => NOT_ONE_KEY,
    },
  });

function holdsKey(path: string): boolean {
  try {
    return ONE_KEY.test(readFileSync(path, 'utf8').trim());
  } catch {
    return true;
  }
}
