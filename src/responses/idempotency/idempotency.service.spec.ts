import { jest } from '@jest/globals';
import { from, NEVER, type Observable } from 'rxjs';
import type { Environment } from '../../config/environment.js';
import type { EventLog } from '../../coordination/event-log.js';
import type { IdempotencyState } from '../../coordination/idempotency-store.js';
import { RequestContext } from '../../request/request-context.js';
import type { CheckedRequest } from '../dto/create-response.pipe.js';
import { type Answered, IdempotencyService, type Keyed } from './idempotency.service.js';

const request = { body: { model: 'm', input: 'ping' }, unknownFields: {} } as unknown as CheckedRequest;
const context = new RequestContext('req_1', undefined, { 'idempotency-key': 'key' });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function service() {
  const store = {
    begin: jest.fn(() => Promise.resolve<IdempotencyState>({ kind: 'begun' })),
    renew: jest.fn(() => Promise.resolve()),
    finish: jest.fn(() => Promise.resolve()),
    release: jest.fn(() => Promise.resolve()),
  };
  const environment = { LEASE_MS: 15 } as Environment;
  return { store, idempotency: new IdempotencyService(store, {} as EventLog, environment) };
}

describe('a key whose client leaves', () => {
  it('should be free again, and no longer renewed, where nothing goes on', async () => {
    const { store, idempotency } = service();
    const client = idempotency.once(request, context, () => NEVER).subscribe();
    await turn();
    client.unsubscribe();
    expect(store.release).toHaveBeenCalledTimes(1);
    const renewed = store.renew.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(store.renew).toHaveBeenCalledTimes(renewed);
  });

  it('should keep that a background response was begun', async () => {
    const { store, idempotency } = service();
    let begin!: (answered: Answered) => void;
    const begun = new Promise<Answered>((resolve) => (begin = resolve));
    const answer = (keyed: Keyed): Observable<Answered> => {
      keyed?.begins(begun);
      return from(begun);
    };
    const client = idempotency.once(request, context, answer).subscribe();
    await turn();
    client.unsubscribe();
    begin({ id: 'resp_1' } as Answered);
    await turn();
    expect(store.release).not.toHaveBeenCalled();
    expect(store.finish).toHaveBeenCalledWith(expect.any(String), '{"response":{"id":"resp_1"}}', 86_400_000);
  });
});
