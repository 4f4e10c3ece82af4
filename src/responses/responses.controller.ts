import { Body, Controller, Post } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { CallContext } from '../call/call-context.js';
import type { ResponseEvent } from '../contracts/response-events.js';
import { CurrentCall } from '../http/current-call.decorator.js';
import { EventStream } from '../http/event-stream.decorator.js';
import { InFlight } from '../http/in-flight.decorator.js';
import { type CheckedRequest, CreateResponsePipe } from './dto/create-response.pipe.js';
import { ResponsesService } from './responses.service.js';

@Controller('v1/responses')
export class ResponsesController {
  constructor(private readonly responses: ResponsesService) {}

  @Post()
  @EventStream()
  @InFlight()
  create(
    @Body(CreateResponsePipe) request: CheckedRequest,
    @CurrentCall() call: CallContext,
  ): Observable<ResponseEvent> {
    // A warm-up may bring tools and instructions alone.
    if (request.generate === false) request.body.input ??= '';
    return this.responses.create(request, call);
  }
}
