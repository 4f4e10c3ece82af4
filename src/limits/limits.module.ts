import { Module } from '@nestjs/common';
import { RequestLimits } from './request-limits.service.js';
import { TokenBudget } from './token-budget.service.js';

@Module({ providers: [RequestLimits, TokenBudget], exports: [RequestLimits, TokenBudget] })
export class LimitsModule {}
