import { Module } from '@nestjs/common';
import { Observable, of } from 'rxjs';
import type { ChatCompletion, ChatRequest } from '../../src/contracts/chat-completions.js';
import {
  type OpenOptions,
  type UpstreamAnswer,
  UpstreamClient,
} from '../../src/upstreams/upstream.client.js';
import { createTestApp } from '../support/create-test-app.js';
import { postJson } from '../support/http-client.js';
import { checkResponse } from '../support/lifecycle-oracle.js';

const keys: (string | undefined)[] = [];

/** Reads its options before the first word, and behind it. */
class LateReader extends UpstreamClient {
  override readonly name = 'late';

  override open(_request: ChatRequest, options: OpenOptions): Observable<UpstreamAnswer> {
    keys.push(options.affinityKey);
    const chunks = new Observable<ChatCompletion>((reader) => {
      reader.next({ choices: [{ index: 0, delta: { content: 'Hello.' }, finish_reason: null }] });
      queueMicrotask(() => {
        try {
          keys.push(options.affinityKey);
        } catch (error) {
          reader.error(error);
        }
        reader.next({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
        reader.complete();
      });
    });
    return of({ upstream: this.name, chunks });
  }

  override listModels(): Promise<[]> {
    return Promise.resolve([]);
  }

  override isReady(): Promise<boolean> {
    return Promise.resolve(true);
  }
}

@Module({ providers: [{ provide: UpstreamClient, useClass: LateReader }], exports: [UpstreamClient] })
class LateModule {}

it('should let a client of model servers read its options when the answer has begun', async () => {
  const gateway = await createTestApp({ extensions: [LateModule] });
  const { status, body } = await postJson(`${gateway.url}/v1/responses`, {
    model: 'm',
    input: 'Hi',
    prompt_cache_key: 'a key',
  });
  await gateway.close();
  expect(status).toBe(200);
  checkResponse(body);
  expect(keys).toEqual([expect.stringContaining('a key'), undefined]);
});
