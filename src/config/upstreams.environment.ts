import { IsIn, IsOptional, IsString } from 'class-validator';
import { MODEL_PRESET_NAMES, type ModelPresetName } from '../contracts/model-profile.js';
import { IsServerUrls } from './server-urls.js';
import { Bytes, Flag, IsReadableFile, Milliseconds, WholeNumber } from './variable.decorators.js';

/** The model servers and the way to them. */
export class UpstreamsEnvironment {
  /** Model server, with or without `/v1`; equal ones are separated by commas. Empty, and none in CONFIG_FILE: the built-in simulator. */
  @IsOptional()
  @IsServerUrls()
  UPSTREAM_BASE_URL?: string;

  /** Key the gateway presents to the model server; in CONFIG_FILE each may have its own. */
  @IsOptional()
  @IsString()
  UPSTREAM_API_KEY?: string;

  /** File with that key, in place of UPSTREAM_API_KEY. Changes are taken over while running. */
  @IsOptional()
  @IsReadableFile()
  UPSTREAM_API_KEY_FILE?: string;

  /** Hand the caller's Authorization header to the model server instead of UPSTREAM_API_KEY. */
  @Flag()
  UPSTREAM_PASS_AUTHORIZATION: boolean = false;

  /** What kind of server the upstream is: sets roles, field names and effort values. In CONFIG_FILE each may have its own. */
  @IsIn(MODEL_PRESET_NAMES)
  UPSTREAM_PRESET: ModelPresetName = 'lmdeploy';

  /** Time to open a connection to the model server, ms. */
  @Milliseconds(1)
  UPSTREAM_CONNECT_TIMEOUT_MS: number = 5_000;

  /** Time until the model server's response headers, ms (non-streamed: the whole generation). */
  @Milliseconds(1)
  UPSTREAM_FIRST_BYTE_TIMEOUT_MS: number = 600_000;

  /** Longest silence inside an answer, ms. */
  @Milliseconds(1)
  UPSTREAM_IDLE_TIMEOUT_MS: number = 300_000;

  /** Longest whole answer, ms. */
  @Milliseconds(1)
  UPSTREAM_TOTAL_TIMEOUT_MS: number = 3_600_000;

  /** How long an idle upstream connection is kept, ms; LMDeploy closes its side after 5 s. */
  @Milliseconds(1)
  UPSTREAM_KEEP_ALIVE_MS: number = 4_000;

  /** How often each of several model servers is asked how it is, ms; one that is down at least every second. */
  @Milliseconds(50)
  UPSTREAM_PROBE_INTERVAL_MS: number = 5_000;

  /** Connections to each model server; 0 is no limit. */
  @WholeNumber(0)
  UPSTREAM_MAX_CONNECTIONS: number = 0;

  /** Largest answer of the model server, bytes: a body that is not streamed; of a stream one event, and the gathered text. */
  @Bytes(1024)
  UPSTREAM_MAX_ANSWER_BYTES: number = 67_108_864;
}
