import { applyDecorators, type Type } from '@nestjs/common';
import { PickType } from '@nestjs/mapped-types';

type Swagger = typeof import('@nestjs/swagger');
type AnyDecorator = ClassDecorator | MethodDecorator | PropertyDecorator;

const waiting: ((swagger: Swagger) => void)[] = [];

/**
 * Decorators of @nestjs/swagger that are applied when /docs is first asked for: most gateways never are, and the package and what
 * it brings are a quarter of all files a start would read.
 *
 * @example
 * \@Describe(({ ApiTags, ApiBearerAuth }) => [ApiTags('responses'), ApiBearerAuth()])
 * \@Controller('v1/responses')
 * export class ResponsesController {}
 */
export function Describe(
  decorators: (swagger: Swagger) => readonly AnyDecorator[],
): ReturnType<typeof applyDecorators> {
  return (...place) => {
    waiting.push((swagger) => {
      applyDecorators(...decorators(swagger))(...place);
    });
  };
}

/** What `PickType` of @nestjs/swagger does, the descriptions of the fields at the time of all others. */
export function PickDescribed<T, K extends keyof T>(dto: Type<T>, fields: readonly K[]): Type<Pick<T, K>> {
  const picked = PickType(dto, fields);
  const [from, to] = [dto.prototype as object, picked.prototype as object];
  waiting.push(({ ApiProperty, DECORATORS: { API_MODEL_PROPERTIES } }) => {
    for (const field of fields as readonly string[]) {
      ApiProperty(Reflect.getMetadata(API_MODEL_PROPERTIES, from, field) as object)(to, field);
    }
  });
  return picked;
}

/** Loads @nestjs/swagger and applies what waits for it. */
export async function loadSwagger(): Promise<Swagger> {
  const swagger = await import('@nestjs/swagger');
  for (const apply of waiting.splice(0)) apply(swagger);
  return swagger;
}
