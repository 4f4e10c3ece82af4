import { IsOptional, IsString } from 'class-validator';
import { IsOrigins } from './origins.js';
import { IsEncryptionKeys } from './encryption-keys.js';

/** Who may call, and the key of sealed content. */
export class AccessEnvironment {
  /**
   * Key for `encrypted_content` (reasoning and compactions that clients keep): 32 bytes in hex or base64. With several, separated
   * by commas, the first seals and all open. Empty: a random one, lost at the next start.
   */
  @IsOptional()
  @IsEncryptionKeys()
  ENCRYPTION_KEY?: string;

  /** Keys that open /v1, separated by commas; each plain or `sha256:<hex>`. Empty together with API_KEYS_FILE: open. */
  @IsOptional()
  @IsString()
  API_KEYS?: string;

  /** File with one key a line, plain or `sha256:<hex>`; `#` starts a comment. */
  @IsOptional()
  @IsString()
  API_KEYS_FILE?: string;

  /** Origins of web pages that may call (CORS), separated by commas, or `*`. Empty: none. A WebSocket is not a matter of CORS. */
  @IsOptional()
  @IsOrigins()
  CORS_ORIGINS?: string;
}
