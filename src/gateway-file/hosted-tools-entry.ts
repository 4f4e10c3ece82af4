import { Type } from 'class-transformer';
import { IsNotEmpty, IsObject, IsString, Matches, ValidateNested } from 'class-validator';
import type { HostedKind } from '../contracts/hosted-tools-api.js';
import { MayBeAbsent } from './file.decorators.js';

/** The tool that is called in place of a hosted one. */
export class HostedToolEntry {
  /** Label of an MCP server of this file, or of a class of tools of an extension. */
  @Matches(/^[\w-]{1,64}$/, { message: 'must be 1 to 64 letters, digits, hyphens or underscores' })
  server!: string;

  /** Its name there. */
  @IsNotEmpty()
  @IsString()
  tool!: string;
}

/** OpenAI's hosted tools, run by tools of the deployer's. schema/gateway.schema.json says the same to editors. */
export class HostedToolsEntry implements Partial<Record<HostedKind, HostedToolEntry>> {
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => HostedToolEntry)
  @IsObject()
  web_search?: HostedToolEntry;

  @MayBeAbsent()
  @ValidateNested()
  @Type(() => HostedToolEntry)
  @IsObject()
  code_interpreter?: HostedToolEntry;

  @MayBeAbsent()
  @ValidateNested()
  @Type(() => HostedToolEntry)
  @IsObject()
  file_search?: HostedToolEntry;
}
