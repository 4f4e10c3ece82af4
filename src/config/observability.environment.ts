import { IsIn, IsNumber, IsOptional, IsString, IsUrl, Matches, Max, Min } from 'class-validator';
import { Flag, IsReadableFile, WholeNumber } from './variable.decorators.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const LOG_FORMATS = ['auto', 'pretty', 'json'] as const;
const TRACES_SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
const KEY_VALUES = /^\s*[^\s,=]+\s*=[^,]*(?:,\s*[^\s,=]+\s*=[^,]*)*,?\s*$/;

/** Whoever switches it on has not said where to. */
const NO_SWITCH = /^(?!(?:on|true|1|yes|false|0|no)$)/i;
const IsCollectorUrl = (): PropertyDecorator =>
  IsUrl(
    { require_tld: false, protocols: ['http', 'https'], require_protocol: true },
    { message: 'must be a URL such as http://otel-collector:4318' },
  );
const IsKeyValues = (): PropertyDecorator =>
  Matches(KEY_VALUES, { message: 'must be pairs such as name=value, separated by commas' });

/** What the process shows of its work. */
export class ObservabilityEnvironment {
  /** How much is logged. */
  @IsIn(LOG_LEVELS)
  LOG_LEVEL: (typeof LOG_LEVELS)[number] = 'info';

  /** `pretty`: lines for the eye; `json`: an object a line; `auto`: pretty on a terminal, else json. */
  @IsIn(LOG_FORMATS)
  LOG_FORMAT: (typeof LOG_FORMATS)[number] = 'auto';

  /** Who called what, a JSON line each, beside the log: `off`, `stdout` or the path of a file, which SIGHUP opens anew. */
  @Matches(NO_SWITCH, { message: 'must be off, stdout or the path of a file' })
  AUDIT_LOG: string = 'off';

  /** Port of the metrics, which ask for no key; 0 takes a free one. Unset: there are none. */
  @IsOptional()
  @WholeNumber(0, 65_535)
  METRICS_PORT?: number;

  /** Address of the metrics; unset: that of HOST. */
  @IsOptional()
  @IsString()
  METRICS_HOST?: string;

  /** OpenTelemetry collector that gets the traces, by OTLP over HTTP; `/v1/traces` is added. Unset: there are none. */
  @IsOptional()
  @IsCollectorUrl()
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  /** The same as a whole URL, to which nothing is added. */
  @IsOptional()
  @IsCollectorUrl()
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string;

  /** Headers for the collector, `name=value` separated by commas, values percent-encoded. */
  @IsOptional()
  @IsKeyValues()
  OTEL_EXPORTER_OTLP_HEADERS?: string;

  /** File with these headers, in place of OTEL_EXPORTER_OTLP_HEADERS. */
  @IsOptional()
  @IsReadableFile()
  OTEL_EXPORTER_OTLP_HEADERS_FILE?: string;

  /** Name of the gateway in traces; unset: that of OTEL_RESOURCE_ATTRIBUTES, or `responses-gateway`. */
  @IsOptional()
  @IsString()
  OTEL_SERVICE_NAME?: string;

  /** What else is said of this process in traces: `name=value` separated by commas. */
  @IsOptional()
  @IsKeyValues()
  OTEL_RESOURCE_ATTRIBUTES?: string;

  /** Which traces are recorded; `parentbased_`: those that the caller records, and of the others … */
  @IsIn(TRACES_SAMPLERS)
  OTEL_TRACES_SAMPLER: (typeof TRACES_SAMPLERS)[number] = 'parentbased_always_on';

  /** Share of the traces that `traceidratio` records, 0 to 1. */
  @IsNumber()
  @Min(0)
  @Max(1)
  OTEL_TRACES_SAMPLER_ARG: number = 1;

  /** No traces, whatever else is set. */
  @Flag()
  OTEL_SDK_DISABLED: boolean = false;
}
