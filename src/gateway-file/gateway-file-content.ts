import { Type } from 'class-transformer';
import { ArrayNotEmpty, IsArray, IsObject, ValidateNested } from 'class-validator';
import { MayBeAbsent } from './file.decorators.js';
import { HostedToolsEntry } from './hosted-tools-entry.js';
import { McpServerEntry } from './mcp-server-entry.js';
import { ModelEntry } from './model-entry.js';
import { UpstreamEntry } from './upstream-entry.js';

/** What CONFIG_FILE may hold. */
export class GatewayFileContent {
  /** Absent: the servers of UPSTREAM_BASE_URL. */
  @MayBeAbsent()
  @ValidateNested({ each: true })
  @Type(() => UpstreamEntry)
  @ArrayNotEmpty()
  @IsArray()
  upstreams?: UpstreamEntry[];

  @MayBeAbsent()
  @ValidateNested({ each: true })
  @Type(() => ModelEntry)
  @ArrayNotEmpty()
  @IsArray()
  models?: ModelEntry[];

  /** Whose tools requests may use by their label. */
  @MayBeAbsent()
  @ValidateNested({ each: true })
  @Type(() => McpServerEntry)
  @ArrayNotEmpty()
  @IsArray()
  mcpServers?: McpServerEntry[];

  /** What is called in place of OpenAI's hosted tools; absent: these are ignored. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => HostedToolsEntry)
  @IsObject()
  hostedTools?: HostedToolsEntry;
}
