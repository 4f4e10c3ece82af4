import {
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsNotEmpty,
  IsString,
  Matches,
} from 'class-validator';
import { MCP_TRANSPORTS, type McpTransport } from '../contracts/mcp-transport.js';
import { HoldsTexts, IsHeaders, IsMcpUrl, MayBeAbsent } from './file.decorators.js';

/** An MCP server, as the deployer describes it. schema/gateway.schema.json says the same to editors; a test compares them. */
export class McpServerEntry {
  /** `server_label` of requests. */
  @Matches(/^[\w-]{1,64}$/, { message: 'must be 1 to 64 letters, digits, hyphens or underscores' })
  label!: string;

  /** May be private. Either this or `command`. */
  @MayBeAbsent()
  @IsMcpUrl()
  url?: string;

  /** Program of a server that speaks over its standard input and output. */
  @MayBeAbsent()
  @IsNotEmpty()
  @IsString()
  command?: string;

  @MayBeAbsent()
  @IsString({ each: true })
  @IsArray()
  args?: string[];

  /** All that the program gets of the environment besides PATH and HOME. */
  @MayBeAbsent()
  @HoldsTexts()
  env?: Record<string, string>;

  /** Of a `url`. Default `streamable_http`. */
  @MayBeAbsent()
  @IsIn(MCP_TRANSPORTS)
  transport?: McpTransport;

  @MayBeAbsent()
  @IsHeaders()
  headers?: Record<string, string>;

  /** Names of the tools that there are for clients; absent: all. */
  @MayBeAbsent()
  @IsNotEmpty({ each: true })
  @IsString({ each: true })
  @IsArray()
  allowedTools?: string[];

  /** `connector_id` of requests that mean this server. */
  @MayBeAbsent()
  @ArrayUnique()
  @ArrayNotEmpty()
  @IsNotEmpty({ each: true })
  @IsString({ each: true })
  @IsArray()
  connectorIds?: string[];

  /** Whether it gets `authorization` and `headers` of requests. Default false. */
  @MayBeAbsent()
  @IsBoolean()
  passAuthorization?: boolean;
}
