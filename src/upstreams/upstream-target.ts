/** Where the model server is. */
export class UpstreamTarget {
  readonly origin: string;
  /** Path before `/chat/completions`, ends in `/v1`. */
  readonly basePath: string;

  /**
   * @param baseUrl with or without `/v1`
   */
  constructor(
    baseUrl: string,
    readonly isSimulator = false,
  ) {
    const url = new URL(baseUrl);
    const path = url.pathname.replace(/\/+$/, '');
    this.origin = url.origin;
    this.basePath = path.endsWith('/v1') ? path : `${path}/v1`;
  }

  get name(): string {
    return this.isSimulator ? 'built-in LMDeploy simulator' : `${this.origin}${this.basePath}`;
  }
}
