import { All, Body, Controller, Post } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { CurrentRequest } from '../request/current-request.decorator.js';
import { InFlight } from '../request/in-flight.decorator.js';
import { notAllowed } from '../request/method-guard.controller.js';
import type { RequestContext } from '../request/request-context.js';
import { RawBody } from '../transport/http/body/raw-body.decorator.js';
import { EventStream } from '../transport/http/event-stream.decorator.js';
import type { PipedAnswer } from '../transport/http/piped-answer.js';
import { PassthroughService } from './passthrough.service.js';

/** What model servers speak by themselves, for clients that speak it too. */
@Controller('v1')
export class PassthroughController {
  constructor(private readonly passthrough: PassthroughService) {}

  @Post('chat/completions')
  @RawBody()
  @EventStream()
  @InFlight()
  chat(@Body() body: Buffer, @CurrentRequest() context: RequestContext): Observable<PipedAnswer> {
    return this.passthrough.forward('/chat/completions', body, context);
  }

  @Post('completions')
  @RawBody()
  @EventStream()
  @InFlight()
  complete(@Body() body: Buffer, @CurrentRequest() context: RequestContext): Observable<PipedAnswer> {
    return this.passthrough.forward('/completions', body, context);
  }

  @Post('embeddings')
  @RawBody()
  @EventStream()
  @InFlight()
  embed(@Body() body: Buffer, @CurrentRequest() context: RequestContext): Observable<PipedAnswer> {
    return this.passthrough.forward('/embeddings', body, context);
  }

  @All(['chat/completions', 'completions', 'embeddings'])
  otherMethods(): never {
    throw notAllowed('POST', 'Use POST.');
  }
}
