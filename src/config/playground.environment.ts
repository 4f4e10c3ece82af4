import { IsOptional } from 'class-validator';
import { Flag } from './variable.decorators.js';

/** The playground. */
export class PlaygroundEnvironment {
  /** Serve the playground to browsers on `GET /`. Unset: everywhere but in production. */
  @Flag()
  @IsOptional()
  PLAYGROUND_ENABLED?: boolean;
}
