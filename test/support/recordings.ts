import { readdirSync, readFileSync } from 'node:fs';

/** One recorded exchange with LMDeploy's own routers and parsers. */
export interface Recording {
  name: string;
  request: { method: string; path: string; body: unknown; headers: Record<string, string> | null };
  status: number;
  content_type: string;
  /** The bytes on the wire. */
  body: string;
}

const FOLDER = new URL('../fixtures/lmdeploy/', import.meta.url);

/** Every recording in test/fixtures/lmdeploy, by name. */
export function loadRecordings(): Recording[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Recording);
}

/** One recording by its name, e.g. `tool.qwen3.stream`. */
export function loadRecording(name: string): Recording {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as Recording;
}

/** A recording as an answer of the fake upstream. */
export function replay(recording: Recording) {
  return {
    status: recording.status,
    headers: { 'content-type': recording.content_type },
    body: recording.body,
  };
}
