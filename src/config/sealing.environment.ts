import { IsOptional } from 'class-validator';
import { IsEncryptionKeys } from './encryption-keys.js';
import { IsReadableFile } from './variable.decorators.js';

/** The key of sealed content. */
export class SealingEnvironment {
  /**
   * Key for `encrypted_content` (reasoning and compactions that clients keep): 32 bytes in hex or base64. With several, separated
   * by commas, the first seals and all open. Empty: a random one, lost at the next start.
   */
  @IsOptional()
  @IsEncryptionKeys()
  ENCRYPTION_KEY?: string;

  /** File with what ENCRYPTION_KEY would hold; `checkVariables` puts it there. */
  @IsOptional()
  @IsReadableFile()
  ENCRYPTION_KEY_FILE?: string;
}
