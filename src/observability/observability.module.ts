import { type DynamicModule, Module } from '@nestjs/common';
import { readVariable } from '../config/read-variable.js';
import { AuditModule } from './audit/audit.module.js';
import { MetricsModule } from './metrics/metrics.module.js';

/** What of it a variable asks for. */
const PARTS = { METRICS_PORT: MetricsModule, AUDIT_LOG: AuditModule };

/** What is shown to operators beside the log: nothing of it is there unless it is asked for. */
@Module({})
export class ObservabilityModule {
  /** @param environment variables that win over the process environment */
  static register(environment?: Record<string, string>): DynamicModule {
    const isAskedFor = (name: string): boolean =>
      !['', 'off'].includes(readVariable(name, environment).trim());
    const parts = Object.entries(PARTS).filter(([name]) => isAskedFor(name));
    return { module: ObservabilityModule, imports: parts.map(([, part]) => part) };
  }
}
