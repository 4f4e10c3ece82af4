import { Body, Controller, Post } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { RequestContext } from '../request/request-context.js';
import { CurrentRequest } from '../request/current-request.decorator.js';
import { EventStream } from '../transport/http/event-stream.decorator.js';
import { InFlight } from '../request/in-flight.decorator.js';
import { type CheckedRequest, CreateResponsePipe } from './dto/create-response.pipe.js';
import { ResponsesService } from './responses.service.js';
import type { Answered } from './idempotency/idempotency.service.js';

/** @public */
@Controller('v1/responses')
export class ResponsesController {
  constructor(private readonly responses: ResponsesService) {}

  @Post()
  @EventStream()
  @InFlight()
  create(
    @Body(CreateResponsePipe) request: CheckedRequest,
    @CurrentRequest() context: RequestContext,
  ): Observable<Answered> {
    // A warm-up may bring tools and instructions alone.
    if (request.generate === false && isEmpty(request.body.input)) request.body.input = '';
    return this.responses.create(request, context);
  }
}

function isEmpty(input: unknown): boolean {
  return input === undefined || (Array.isArray(input) && input.length === 0);
}
