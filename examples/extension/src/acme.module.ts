import { Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AuthStrategy, defineEnvironment, IdGenerator, ResponseStore } from 'responses-gateway';
import { AcmeController } from './acme.controller.js';
import { AcmeEnvironment } from './acme.environment.js';
import { BudgetGuard } from './budget.guard.js';
import { CallCounter } from './call.counter.js';
import { CallLinesParser } from './call-lines.parser.js';
import { CodeNameGuardrail } from './code-name.guardrail.js';
import { HideAddressesStage } from './hide-addresses.stage.js';
import { PriceTools } from './price.tools.js';
import { RetentionStore } from './retention.store.js';
import { TokenElseKeyStrategy } from './token-else-key.strategy.js';
import { UsageInterceptor } from './usage.interceptor.js';
import { UsageMeter } from './usage.meter.js';
import { UuidGenerator } from './uuid.generator.js';

@Module({
  controllers: [AcmeController],
  providers: [
    defineEnvironment(AcmeEnvironment),
    UsageMeter,
    CallCounter,
    { provide: AuthStrategy, useClass: TokenElseKeyStrategy },
    { provide: IdGenerator, useClass: UuidGenerator },
    { provide: ResponseStore, useClass: RetentionStore },
    { provide: APP_GUARD, useClass: BudgetGuard },
    { provide: APP_INTERCEPTOR, useClass: UsageInterceptor },
    HideAddressesStage,
    CodeNameGuardrail,
    CallLinesParser,
    PriceTools,
  ],
  exports: [AuthStrategy, IdGenerator, ResponseStore],
})
export class AcmeModule {}
