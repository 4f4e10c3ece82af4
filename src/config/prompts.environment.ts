import { IsOptional } from 'class-validator';
import { IsReadableFolder } from './variable.decorators.js';

/** Prompts that requests name by their ids. */
export class PromptsEnvironment {
  /** Folder with a YAML file for each prompt (docs/prompts.md). Changes are taken over while running. */
  @IsOptional()
  @IsReadableFolder()
  PROMPTS_DIR?: string;
}
