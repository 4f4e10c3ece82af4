import {
  IsArray,
  IsInt,
  IsISO8601,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Min,
} from 'class-validator';
import type { CallerLimits } from '../request/request-context.js';

/** What a tenant may use; its keys share the limits. */
export class TenantEntry implements CallerLimits {
  /** Names of models, as clients write them. Absent: all. */
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  @IsNotEmpty({ each: true })
  models?: string[];

  @IsOptional()
  @IsInt()
  @Min(1)
  requestsPerMinute?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  tokensPerMinute?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  concurrent?: number;
}

/** A key; what it does not say of models and limits is its tenant's. */
export class KeyEntry extends TenantEntry {
  /** Printable, without spaces, as it stands in a header. */
  @IsOptional()
  @Matches(/^[\x21-\x7e]+$/, { message: 'key must be printable ASCII without spaces' })
  key?: string;

  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/i, { message: 'sha256 must be 64 hexadecimal digits' })
  sha256?: string;

  /** For the log. Absent: made of the digest. */
  @IsOptional()
  @Matches(/^[\w.@-]{1,64}$/, { message: 'id must be up to 64 letters, digits and any of . _ @ -' })
  id?: string;

  /** Whose data it works with. Absent: a tenant of its own. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(128)
  tenant?: string;

  /** From then on it is refused. */
  @IsOptional()
  @Matches(/^[\d-]+(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/, { message: 'expires must say its time zone, such as Z' })
  @IsISO8601({ strict: true, strictSeparator: true })
  expires?: string;
}
