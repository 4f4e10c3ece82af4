import { Injectable, SetMetadata } from '@nestjs/common';
import { ENTRY_PROVIDER_WATERMARK } from '@nestjs/common/internal';
import { catchError, type Observable, throwError } from 'rxjs';
import { Environment } from '../../config/environment.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { InFlight } from '../../request/in-flight.decorator.js';
import { CreateResponsePipe } from '../../responses/dto/create-response.pipe.js';
import { ResponsesService } from '../../responses/responses.service.js';
import type { ResponseRun } from '../../responses/run/response-run.js';
import { type Joined, joinInput, toOwnPath } from './conversation.js';
import { turnOf, type TurnRequest } from './turn-request.js';

/** What the controller is for a POST. Marked so that Nest gives it request-scoped guards and interceptors too. */
@SetMetadata(ENTRY_PROVIDER_WATERMARK, true)
@Injectable()
export class TurnHandler {
  constructor(
    private readonly pipe: CreateResponsePipe,
    private readonly responses: ResponsesService,
    private readonly environment: Environment,
  ) {}

  @InFlight()
  create(request: TurnRequest): Observable<ResponseRun> {
    const turn = turnOf(request);
    if (!turn) throw new Error('The request is no turn of a WebSocket.');
    const { body, unknownFields, generate } = this.pipe.transform(request.body);
    turn.generate &&= generate !== false;
    const previousId = body.previous_response_id || undefined;
    const joined = joinInput(turn.kept, previousId, body.input, this.environment.BODY_LIMIT_BYTES);
    turn.joined = joined;
    body.previous_response_id = undefined;
    if (joined.items.length > 0) body.input = joined.items;
    // A warm-up may bring tools and instructions alone.
    else if (!turn.generate) body.input = '';
    return this.responses
      .create({ body, unknownFields, previousResponseId: previousId, generate: turn.generate }, turn.context)
      .pipe(catchError((error: unknown) => throwError(() => withOwnPath(error, joined))));
  }
}

function withOwnPath(error: unknown, joined: Joined): unknown {
  if (!(error instanceof GatewayError) || error.param === null || joined.kept === 0) return error;
  const { errorName, message, status, retryAfter, headers, cause } = error;
  return new GatewayError(errorName, {
    message,
    status,
    retryAfter,
    headers,
    cause,
    param: toOwnPath(error.param, joined),
  });
}
