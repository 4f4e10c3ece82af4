import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { requestContextOf, tapEvents } from 'responses-gateway';
import type { Observable } from 'rxjs';
import { UsageMeter } from './usage.meter.js';

/** Counts the tokens of every answer, however its client reads it. */
@Injectable()
export class UsageInterceptor implements NestInterceptor {
  constructor(private readonly meter: UsageMeter) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const caller = requestContextOf(context).caller?.id ?? 'nobody';
    return next.handle().pipe(
      tapEvents({
        next: (event) => {
          if (event.type === 'response.completed' || event.type === 'response.incomplete')
            this.meter.add(caller, event.response.usage?.total_tokens ?? 0);
        },
      }),
    );
  }
}
