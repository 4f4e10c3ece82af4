import { applyDecorators } from '@nestjs/common';
import type { ApiPropertyOptions } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { Describe } from '../../docs/describe.decorator.js';

/** An optional field of a request: described in /docs, null counts as absent, else the validators apply. */
export function Field(options: ApiPropertyOptions, ...validators: PropertyDecorator[]): PropertyDecorator {
  const describe = Describe(({ ApiPropertyOptional }) => [
    ApiPropertyOptional({ nullable: true, ...options }),
  ]);
  return applyDecorators(describe, IsOptional(), ...validators);
}
