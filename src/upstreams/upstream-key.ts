import { Environment } from '../config/environment.js';
import { NOT_ONE_KEY, ONE_KEY } from '../config/one-key.js';
import type { UpstreamEntry } from '../gateway-file/upstream-entry.js';
import { type WatchedFile, WatchedFiles } from '../reload/watched-files.service.js';

/** The key the gateway presents to a model server, as it stands now. */
export class UpstreamKey {
  private constructor(private readonly file: WatchedFile<string | undefined>) {}

  /** The one for all servers that have none of their own. */
  static ofEnvironment(
    { UPSTREAM_API_KEY, UPSTREAM_API_KEY_FILE }: Environment,
    files: WatchedFiles,
  ): UpstreamKey {
    return new UpstreamKey(
      files.openIfNamed('UPSTREAM_API_KEY_FILE', UPSTREAM_API_KEY_FILE, readKey, UPSTREAM_API_KEY),
    );
  }

  /** @returns null where the server has none of its own */
  static ofServer({ name, apiKey, apiKeyFile }: UpstreamEntry, files: WatchedFiles): UpstreamKey | null {
    if (apiKey === undefined && apiKeyFile === undefined) return null;
    return new UpstreamKey(files.openIfNamed(`apiKeyFile of ${name}`, apiKeyFile, readKey, apiKey));
  }

  get current(): string | undefined {
    return this.file.current;
  }

  /** Its file is no longer looked at. */
  close(files: WatchedFiles): void {
    files.close(this.file);
  }
}

function readKey(text: string, label: string): string | undefined {
  const key = text.trim();
  if (!ONE_KEY.test(key)) throw new Error(`${label}: ${NOT_ONE_KEY}`);
  return key;
}
