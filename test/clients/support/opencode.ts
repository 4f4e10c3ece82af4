import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { CliSandbox, jsonLines } from './cli.ts';
import { MODEL } from './scripted-upstream.ts';

/** Where the binary is; undefined on platforms for which the package.json names none. */
export const OPENCODE = findBinary();

/** What `opencode run --format json` said. */
export interface OpencodeRun {
  exitCode: number | null;
  events: any[];
  /** The texts of the assistant. */
  texts: string[];
  /** Its tool calls, with their results. */
  tools: any[];
  errors: any[];
  sessionId: string;
  stderr: string;
}

/** An opencode with a home and a work directory of its own, which may not reach anything but the gateway. */
export class Opencode {
  readonly sandbox: CliSandbox;
  private readonly config: object;

  private constructor(sandbox: CliSandbox, config: object) {
    this.sandbox = sandbox;
    this.config = config;
  }

  /** @param options further settings of the model */
  static async create(baseUrl: string, model: object = {}): Promise<Opencode> {
    return new Opencode(await CliSandbox.create('opencode'), configOf(baseUrl, model));
  }

  async run(prompt: string, ...args: string[]): Promise<OpencodeRun> {
    const env = {
      OPENCODE_CONFIG_CONTENT: JSON.stringify(this.config),
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      OPENCODE_DISABLE_SHARE: '1',
    };
    const command = ['run', '--format', 'json', '--auto', '-m', `gw/${MODEL}`, ...args, prompt];
    const { exitCode, stdout, stderr } = await this.sandbox.run(OPENCODE as string, command, env);
    const events = jsonLines(stdout);
    const parts = (type: string) => events.filter((event) => event.type === type).map(({ part }) => part);
    return {
      exitCode,
      events,
      texts: parts('text').map(({ text }) => text),
      tools: parts('tool_use'),
      errors: events.filter(({ type }) => type === 'error').map(({ error }) => error),
      sessionId: events[0]?.sessionID,
      stderr,
    };
  }
}

const configOf = (baseURL: string, model: object) => ({
  $schema: 'https://opencode.ai/config.json',
  autoupdate: false,
  share: 'disabled',
  enabled_providers: ['gw'],
  provider: {
    gw: {
      npm: '@ai-sdk/openai',
      name: 'Gateway',
      options: { baseURL, apiKey: 'any' },
      models: { [MODEL]: { name: 'Gateway model', ...model } },
    },
  },
});

function findBinary(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(
      `opencode-${process.platform}-${process.arch}/package.json`,
    );
    const binary = path.join(path.dirname(manifest), 'bin/opencode');
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}
