import { Controller, Get } from '@nestjs/common';
import { type Caller, CurrentCaller, Public } from 'responses-gateway';
import { AcmeEnvironment } from './acme.environment.js';
import { CallCounter } from './call.counter.js';
import { UsageMeter } from './usage.meter.js';

@Controller('v1/acme')
export class AcmeController {
  constructor(
    private readonly environment: AcmeEnvironment,
    private readonly meter: UsageMeter,
    private readonly calls: CallCounter,
  ) {}

  @Get('usage')
  usage(@CurrentCaller() caller: Caller): { caller: string; tokens: number } {
    return { caller: caller.id, tokens: this.meter.read(caller.id) };
  }

  @Get('calls')
  endings(): Record<string, number> {
    return this.calls.read();
  }

  /** For everyone, key or not. */
  @Public()
  @Get('terms')
  terms(): { budget: number } {
    return { budget: this.environment.ACME_BUDGET };
  }
}
