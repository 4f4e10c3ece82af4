import { IsOptional, IsString } from 'class-validator';
import { IsReadableFile } from './variable.decorators.js';

/** Who may call. */
export class AuthEnvironment {
  /** Keys that open /v1, separated by commas; each plain or `sha256:<hex>`. Empty together with API_KEYS_FILE: open. */
  @IsOptional()
  @IsString()
  API_KEYS?: string;

  /**
   * File of further keys: one a line, plain or `sha256:<hex>`, `#` starts a comment; or YAML, with tenants, models, limits and expiry of
   * each (docs/limits.md). Changes are taken over.
   */
  @IsOptional()
  @IsReadableFile()
  API_KEYS_FILE?: string;
}
