import { IsOptional, IsString } from 'class-validator';
import { IsHostList } from './host-list.js';
import { IsOrigins } from './origins.js';
import { Bytes, Flag, Milliseconds, WholeNumber } from './variable.decorators.js';

/** HTTP and WebSocket: where it listens, limits and time limits. */
export class TransportEnvironment {
  /** Address to listen on. */
  @IsString()
  HOST: string = '127.0.0.1';

  /** Port to listen on; 0 takes a free one. */
  @WholeNumber(0, 65_535)
  PORT: number = 8080;

  /** Origins of web pages that may call (CORS), separated by commas, or `*`. Empty: none. A WebSocket is not a matter of CORS. */
  @IsOptional()
  @IsOrigins()
  CORS_ORIGINS?: string;

  /** Host names under which an open gateway may be asked, separated by commas, or `*`. Unset: any, but on a loopback HOST only that machine's. */
  @IsOptional()
  @IsHostList()
  ALLOWED_HOSTS?: string;

  /** Largest request body, bytes. */
  @Bytes(1)
  BODY_LIMIT_BYTES: number = 33_554_432;

  /** Most JSON values in a request body, lists and objects among them. */
  @WholeNumber(1)
  BODY_LIMIT_VALUES: number = 250_000;

  /** Longest time for a request to come in whole, ms; 0 turns it off. */
  @Milliseconds(0)
  REQUEST_TIMEOUT_MS: number = 300_000;

  /** Pause after which a silent stream gets a keep-alive comment, ms; 0 turns it off. */
  @Milliseconds(0)
  KEEP_ALIVE_INTERVAL_MS: number = 15_000;

  /** Silence of the model server after which a stream begins all the same, so that proxies keep it open, ms; 0: it waits. */
  @Milliseconds(0)
  STREAM_START_TIMEOUT_MS: number = 10_000;

  /** WebSocket on GET /v1/responses; off: the upgrade is answered 426. */
  @Flag()
  WEBSOCKET_ENABLED: boolean = true;

  /** Longest life of a WebSocket connection, ms; a running turn is finished first. */
  @Milliseconds(1)
  WEBSOCKET_MAX_AGE_MS: number = 3_600_000;

  /** Pause between pings on a WebSocket connection, ms; a peer that leaves one unanswered is dropped; 0 turns it off. */
  @Milliseconds(0)
  WEBSOCKET_PING_INTERVAL_MS: number = 30_000;
}
