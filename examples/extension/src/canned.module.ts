import { Injectable, Module } from '@nestjs/common';
import { type ChatModel, type ChatRequest, type UpstreamAnswer, UpstreamClient } from 'responses-gateway';
import { type Observable, of } from 'rxjs';

/** Answers without a model server. */
@Injectable()
export class CannedUpstream extends UpstreamClient {
  override readonly name = 'canned';

  override open({ model }: ChatRequest): Observable<UpstreamAnswer> {
    const choice = { index: 0, delta: { content: `I am ${model}.` }, finish_reason: 'stop' };
    return of({ upstream: this.name, chunks: of({ choices: [choice] }) });
  }

  override listModels(): Promise<ChatModel[]> {
    return Promise.resolve([{ id: 'canned', object: 'model', created: 0, owned_by: 'acme' }]);
  }

  override isReady(): Promise<boolean> {
    return Promise.resolve(true);
  }
}

@Module({
  providers: [{ provide: UpstreamClient, useClass: CannedUpstream }],
  exports: [UpstreamClient],
})
export class CannedModule {}
