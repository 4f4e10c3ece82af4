import { IsArray, IsString, ValidateNested, validateSync } from 'class-validator';
import fc from 'fast-check';
import { compileChecks } from './compile-checks.js';
import { CreateResponseDto } from './create-response.dto.js';

class Nested {
  @ValidateNested()
  inner!: object;
}

class Each {
  @IsString({ each: true })
  names!: string[];
}

class Own {
  @IsArray()
  list!: unknown[];
}

const VALUE = fc.oneof(
  fc.jsonValue(),
  fc.integer(),
  fc.double({ min: -3, max: 3 }),
  fc.constantFrom<unknown>('', [], {}, [''], [1], true, 'auto', 'disabled', 'flex', 0, 1, 2, 20, 21, -1),
);

describe('compileChecks', () => {
  it('should refuse what class-validator refuses, for every field of a request', () => {
    const checks = compileChecks(CreateResponseDto);
    expect(checks.size).toBeGreaterThan(20);
    for (const [field, check] of checks) {
      fc.assert(
        fc.property(VALUE, (value) => {
          fc.pre(value !== null);
          const body = Object.assign(new CreateResponseDto(), { model: 'm', [field]: value });
          expect(check(value)).toBe(validateSync(body).length === 0);
        }),
        { numRuns: 60 },
      );
    }
  });

  it('should check with every validator of a field', () => {
    expect(compileChecks(Own).get('list')?.([])).toBe(true);
    expect(compileChecks(Own).get('list')?.('[]')).toBe(false);
  });

  it.each([Nested, Each])('should not take validators that it cannot call by themselves: %p', (dto) => {
    expect(() => compileChecks(dto)).toThrow(/cannot be checked by itself/);
  });
});
