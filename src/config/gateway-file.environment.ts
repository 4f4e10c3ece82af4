import { IsOptional } from 'class-validator';
import { IsReadableFile } from './variable.decorators.js';

/** The file with what variables cannot say. */
export class GatewayFileEnvironment {
  /** YAML file that describes model servers and models (docs/gateway-file.md). Changes are taken over while running. */
  @IsOptional()
  @IsReadableFile()
  CONFIG_FILE?: string;
}
