import { IsOptional, Matches } from 'class-validator';
import { IsDatabaseUrl, IsRedisUrl } from './store-urls.js';
import { Duration, Flag, IsReadableFile, Milliseconds, WholeNumber } from './variable.decorators.js';

/** What is kept between requests, and where. */
export class StateEnvironment {
  /**
   * Where responses and conversations are kept: `file:<path>`, `postgres://…`, `memory:` (lost at the end of the process), or `none`:
   * nothing is kept.
   */
  @IsDatabaseUrl()
  DATABASE_URL: string = 'file:data/gateway.db';

  /** File with what DATABASE_URL would hold; `checkVariables` puts it there. */
  @IsOptional()
  @IsReadableFile()
  DATABASE_URL_FILE?: string;

  /** What several replicas share while they work (jobs, live events, locks), `redis://…`. Empty: there is one process. */
  @IsOptional()
  @IsRedisUrl()
  REDIS_URL?: string;

  /** File with what REDIS_URL would hold, likewise. */
  @IsOptional()
  @IsReadableFile()
  REDIS_URL_FILE?: string;

  /** Whether a response is kept when its request does not say. */
  @Flag()
  STORE_DEFAULT: boolean = true;

  /** How long responses are kept, ms; conversations are kept until they are deleted. */
  @Duration(1_000)
  STORE_TTL: number = 2_592_000_000;

  /** How long the events of a background stream can be read again after its end, ms. */
  @Duration(1_000)
  EVENT_LOG_TTL: number = 600_000;

  /** Background responses that one process works on at a time. */
  @WholeNumber(1)
  BACKGROUND_CONCURRENCY: number = 32;

  /** Background responses that may wait; beyond it they are refused (429). */
  @WholeNumber(1)
  BACKGROUND_QUEUE_LIMIT: number = 1_000;

  /** Time after which the work of a replica that is gone is taken over or ended, ms; it is also how long a lock outlives its holder. */
  @Milliseconds(1_000)
  LEASE_MS: number = 15_000;

  /** Tokens of a stored chain or conversation, or a share of the model's window (`80%`), beyond which it is compacted. Empty: never. */
  @IsOptional()
  @Matches(/^(?:[1-9]\d{3,14}|[1-9]\d?%)$/, {
    message: 'must be tokens, 1000 or more, or a share from 1% to 99%',
  })
  AUTO_COMPACT_THRESHOLD?: string;

  /** YAML: a list of `url`, `secret` (`whsec_…`) and `events`, told when background responses end. */
  @IsOptional()
  @IsReadableFile()
  WEBHOOKS_FILE?: string;
}
