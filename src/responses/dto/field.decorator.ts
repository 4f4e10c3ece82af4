import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';

/** An optional field of a request: described in /docs, null counts as absent, else the validators apply. */
export function Field(options: ApiPropertyOptions, ...validators: PropertyDecorator[]): PropertyDecorator {
  return applyDecorators(ApiPropertyOptional({ nullable: true, ...options }), IsOptional(), ...validators);
}
