import { IsOptional, IsString } from 'class-validator';
import { IsReadableFile } from './variable.decorators.js';

/** Who may call. */
export class AuthEnvironment {
  /** Keys that open /v1, separated by commas; each plain or `sha256:<hex>`. Empty together with API_KEYS_FILE: open. */
  @IsOptional()
  @IsString()
  API_KEYS?: string;

  /** File with one key a line, plain or `sha256:<hex>`; `#` starts a comment. They add to API_KEYS; changes are taken over. */
  @IsOptional()
  @IsReadableFile()
  API_KEYS_FILE?: string;
}
