import type { ModelPresetName } from '../contracts/model-profile.js';

const PORTS: Record<string, number> = { 'http:': 80, 'https:': 443 };

/** Where the model server is, and what kind of server. */
export class UpstreamTarget {
  readonly origin: string;
  readonly address: string;
  readonly port: number;
  /** Path before `/chat/completions`, ends in `/v1`. */
  readonly basePath: string;

  /**
   * @param baseUrl with or without `/v1`
   * @param givenName what the deployer calls it
   * @param preset absent: UPSTREAM_PRESET
   */
  constructor(
    baseUrl: string,
    readonly isSimulator = false,
    private readonly givenName?: string,
    public preset?: ModelPresetName,
  ) {
    const url = new URL(baseUrl);
    const path = url.pathname.replace(/\/+$/, '');
    this.origin = url.origin;
    this.address = url.hostname;
    this.port = url.port === '' ? (PORTS[url.protocol] ?? 0) : Number(url.port);
    this.basePath = path.endsWith('/v1') ? path : `${path}/v1`;
  }

  get name(): string {
    if (this.isSimulator) return 'built-in LMDeploy simulator';
    return this.givenName ?? `${this.origin}${this.basePath}`;
  }

  /** Path of what stands beside `/v1`. */
  get rootPath(): string {
    return this.basePath.replace(/\/v1$/, '');
  }
}
