import { IsIn, IsInt, IsNumber, IsPositive, Matches, Min } from 'class-validator';
import { IsKeyFile, ONE_KEY } from '../config/one-key.js';
import { IsServerUrl } from '../config/server-urls.js';
import { IsReadableFile } from '../config/variable.decorators.js';
import { MODEL_PRESET_NAMES, type ModelPresetName } from '../contracts/model-profile.js';
import { MayBeAbsent } from './file.decorators.js';

/** A model server, as the deployer describes it. schema/gateway.schema.json says the same to editors; a test compares them. */
export class UpstreamEntry {
  /** For logs and metrics, and for `upstreams` of a model. */
  @Matches(/^[\w.:-]{1,64}$/, {
    message: 'must be 1 to 64 letters, digits, dots, colons, hyphens or underscores',
  })
  name!: string;

  /** With or without `/v1`. */
  @IsServerUrl()
  baseUrl!: string;

  /** What kind of server it is; absent: UPSTREAM_PRESET. */
  @MayBeAbsent()
  @IsIn(MODEL_PRESET_NAMES)
  preset?: ModelPresetName;

  /** Absent with `apiKeyFile`: UPSTREAM_API_KEY. */
  @MayBeAbsent()
  @Matches(ONE_KEY, { message: 'must be one key, as text and without blanks' })
  apiKey?: string;

  @MayBeAbsent()
  @IsKeyFile()
  @IsReadableFile()
  apiKeyFile?: string;

  /** Share of the requests, in proportion to the others. Default 1. */
  @MayBeAbsent()
  @IsPositive()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  weight?: number;

  /** Requests that it gets at the same time at most; absent: no limit. */
  @MayBeAbsent()
  @Min(1)
  @IsInt()
  maxInFlight?: number;
}
