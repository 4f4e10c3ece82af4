import { fileURLToPath } from 'node:url';
import { getJson } from '../../support/http-client.js';
import { type EngineProcess, startEngine } from '../support/engine-process.js';

export const MODEL = 'scripted';
/** Characters, which are its tokens; see scripted_engine.py. */
export const CONTEXT = 4_096;

/**
 * LMDeploy's own api_server over an engine that writes what the last message of the chat says.
 *
 * @param toolParser a name of `--tool-call-parser`, or none
 * @param reasoningParser a name of `--reasoning-parser`, or none
 */
export const startLmdeploy =
  (toolParser = 'none', reasoningParser = 'none') =>
  (port = '0'): Promise<EngineProcess> =>
    startEngine('lmdeploy', [
      fileURLToPath(new URL('server.py', import.meta.url)),
      toolParser,
      reasoningParser,
      port,
    ]);

/** How many answers the engine is writing, and the messages of the latest chat as it got them. */
export async function readEngine({
  url,
}: EngineProcess): Promise<{ running: number; messages: { role: string; content: unknown }[] }> {
  const { body } = await getJson(`${url}/scripted`);
  return body as { running: number; messages: { role: string; content: unknown }[] };
}
