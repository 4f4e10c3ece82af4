import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { CliSandbox, jsonLines } from './cli.ts';
import { MODEL } from './scripted-upstream.ts';

const PACKAGE = path.dirname(createRequire(import.meta.url).resolve('@openai/codex/package.json'));
const UNATTENDED = ['--json', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'];

/** What `codex exec --json` said. */
export interface CodexRun {
  exitCode: number | null;
  /** The items that were completed, in their order. */
  items: any[];
  /** The last message of the assistant. */
  message: string | undefined;
  /** Texts of its errors, one a line. */
  errors: string;
  usage: Record<string, number> | undefined;
  threadId: string;
}

export interface CodexSettings {
  baseUrl: string;
  model?: string;
  /** Lines at the top of config.toml. */
  config?: string;
  /** Lines of the provider. */
  provider?: string;
  /** Further tables. */
  tables?: string;
}

/** A Codex CLI with a home and a work directory of its own. */
export class Codex {
  readonly sandbox: CliSandbox;

  private constructor(sandbox: CliSandbox) {
    this.sandbox = sandbox;
  }

  static async create(settings: CodexSettings): Promise<Codex> {
    const sandbox = await CliSandbox.create('codex');
    writeFileSync(path.join(sandbox.home, 'config.toml'), configOf(settings));
    return new Codex(sandbox);
  }

  /** Runs `codex exec` with a prompt. */
  exec(prompt: string, ...args: string[]): Promise<CodexRun> {
    return this.run(['exec', ...UNATTENDED, ...args, prompt]);
  }

  /** Goes on with an earlier session. */
  resume(threadId: string, prompt: string): Promise<CodexRun> {
    return this.run(['exec', 'resume', ...UNATTENDED, threadId, prompt]);
  }

  private async run(args: string[]): Promise<CodexRun> {
    const env = { CODEX_HOME: this.sandbox.home, GATEWAY_API_KEY: 'any' };
    const codex = path.join(PACKAGE, 'bin/codex.js');
    const { exitCode, stdout } = await this.sandbox.run(process.execPath, [codex, ...args], env);
    const events = jsonLines(stdout);
    const items = events.filter(({ type }) => type === 'item.completed').map(({ item }) => item);
    return {
      exitCode,
      items,
      message: items.findLast(({ type }) => type === 'agent_message')?.text,
      errors: events
        .flatMap(({ type, message, error }) =>
          type === 'error' ? [message] : type === 'turn.failed' ? [error.message] : [],
        )
        .join('\n'),
      usage: events.findLast(({ type }) => type === 'turn.completed')?.usage,
      threadId: events.find(({ type }) => type === 'thread.started')?.thread_id,
    };
  }
}

/** What docs/clients.md recommends, with fewer retries. */
const configOf = ({ baseUrl, model = MODEL, config = '', provider = '', tables = '' }: CodexSettings) => `
model = "${model}"
model_provider = "gw"
check_for_update_on_startup = false
${config}
[analytics]
enabled = false
[feedback]
enabled = false
[features]
plugins = false
[model_providers.gw]
name = "Gateway"
base_url = "${baseUrl}"
env_key = "GATEWAY_API_KEY"
wire_api = "responses"
request_max_retries = 1
stream_max_retries = 1
${provider}
${tables}
`;
