import { Injectable } from '@nestjs/common';
import { listProblems, refuseIfAny } from '../config/describe-problems.js';
import { Environment } from '../config/environment.js';
import { GivenVariables } from '../config/given-variables.js';
import { invalidEnvironment } from '../config/invalid-environment.js';
import { nameOfServer, readServerUrls } from '../config/server-urls.js';
import { type WatchedFile, WatchedFiles } from '../reload/watched-files.service.js';
import type { GatewayFileContent } from './gateway-file-content.js';
import type { HostedToolsEntry } from './hosted-tools-entry.js';
import type { McpServerEntry } from './mcp-server-entry.js';
import type { ModelEntry } from './model-entry.js';
import { type GatewayFileContext, parseGatewayFile } from './parse-gateway-file.js';
import type { UpstreamEntry } from './upstream-entry.js';

/** Looks at what only others can know of the file; returns what is wrong, a line each, which begins with the path. */
export type ContentCheck = (content: GatewayFileContent) => string[];

/** What CONFIG_FILE says, whose changes are taken over; without it, what the variables say. */
@Injectable()
export class GatewayFile {
  private readonly servers: readonly UpstreamEntry[];
  private readonly file: WatchedFile<GatewayFileContent>;
  private readonly checks: ContentCheck[] = [];

  /** @throws Error when the file is missing or wrong at the start */
  constructor(environment: Environment, variables: GivenVariables, files: WatchedFiles) {
    const { CONFIG_FILE, UPSTREAM_BASE_URL = '', UPSTREAM_PRESET } = environment;
    this.servers = readServerUrls(UPSTREAM_BASE_URL).map((url) => ({
      name: nameOfServer(url),
      baseUrl: url,
    }));
    const context = {
      servers: this.servers,
      preset: UPSTREAM_PRESET,
      variable: (name: string) => variables.get(name),
    };
    this.file = files.openIfNamed<GatewayFileContent>(
      'CONFIG_FILE',
      CONFIG_FILE,
      (text, label) => this.read(text, label, context),
      {},
    );
    this.addCheck(mustKeepKindOf(this.file.current));
  }

  /** The model servers; none: the built-in simulator is to be used, or an extension reaches models in its own way. */
  get upstreams(): readonly UpstreamEntry[] {
    return this.file.current.upstreams ?? this.servers;
  }

  /** The described models, in the order of the file. */
  get models(): readonly ModelEntry[] {
    return this.file.current.models ?? [];
  }

  get mcpServers(): readonly McpServerEntry[] {
    return this.file.current.mcpServers ?? [];
  }

  get hostedTools(): HostedToolsEntry {
    return this.file.current.hostedTools ?? {};
  }

  /** Calls back when it has changed. */
  onChange(listener: () => void): void {
    this.file.onChange(listener);
  }

  /**
   * Has the content looked at, this and all that is read later.
   *
   * @throws Error when something is wrong with this
   */
  addCheck(check: ContentCheck): void {
    const problems = check(this.file.current);
    if (problems.length > 0) throw invalidEnvironment(listProblems(problems, this.file.label));
    this.checks.push(check);
  }

  private read(text: string, label: string, context: GatewayFileContext): GatewayFileContent {
    const content = parseGatewayFile(text, label, context);
    const problems = this.checks.flatMap((check) => check(content));
    refuseIfAny(problems, label);
    return content;
  }
}

/** Whether the servers stand in the file or elsewhere decides at the start what is run, the simulator among it. */
function mustKeepKindOf({ upstreams }: GatewayFileContent): ContentCheck {
  return (content) =>
    (content.upstreams === undefined) === (upstreams === undefined)
      ? []
      : [`upstreams: cannot be ${upstreams ? 'taken away' : 'added'} without a restart`];
}
