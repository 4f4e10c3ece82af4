import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { type WatchedFile, WatchedFiles } from '../reload/watched-files.service.js';

/** The key the gateway presents to the model server, as it stands now. */
@Injectable()
export class UpstreamKey {
  private readonly file: WatchedFile<string | undefined>;

  constructor({ UPSTREAM_API_KEY, UPSTREAM_API_KEY_FILE }: Environment, files: WatchedFiles) {
    this.file = files.openIfNamed<string | undefined>(
      'UPSTREAM_API_KEY_FILE',
      UPSTREAM_API_KEY_FILE,
      readKey,
      UPSTREAM_API_KEY,
    );
  }

  get current(): string | undefined {
    return this.file.current;
  }
}

function readKey(text: string, label: string): string {
  const key = text.trim();
  if (!/^[\x21-\x7e]+$/.test(key)) throw new Error(`${label}: must hold one key, and nothing else`);
  return key;
}
