import { IsInt, IsOptional, IsString, Min, MinLength } from 'class-validator';

export class AcmeEnvironment {
  /** Signs the tokens of employees. */
  @IsString()
  @MinLength(16)
  ACME_TOKEN_SECRET!: string;

  /** Tokens that each caller may use up, until the gateway is started again. */
  @IsInt()
  @Min(1)
  ACME_BUDGET: number = 1_000_000;

  /** Answers to the public that name it are withheld. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  ACME_CODE_NAME?: string;
}
