import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';
import type { TurnPlan } from '../turn-plan.js';
import { CheckPool } from './check-pool.service.js';
import { findExcess } from './find-excess.js';
import type { Verdict } from './verdict.js';

const VIOLATION = "The model's output does not match the JSON schema";

export interface SchemaCheck {
  /** Never rejects. @param signal the check is no longer wanted */
  run(text: string, signal: AbortSignal): Promise<Verdict>;
  /** What the answer fails with; null where it stands. */
  judge(verdict: Verdict): GatewayError | null;
}

/** Checks finished text against the JSON schema of the request, since not every model server guarantees it. */
@Injectable()
export class OutputChecker {
  constructor(
    private readonly pool: CheckPool,
    private readonly environment: Environment,
  ) {}

  /** @throws GatewayError (400) where an answer that cannot be checked would have to fail */
  refuseExcess({ outputFormat }: TurnPlan): void {
    if (outputFormat === null || !outputFormat.strict || this.environment.STRICT_OUTPUT !== 'fail') return;
    const excess = findExcess(outputFormat.schema);
    if (excess === null) return;
    throw invalidRequest('text.format.schema', `The schema is too large to validate: ${excess}.`);
  }

  /**
   * @param warn receives a warning for a text that breaks a strict schema where STRICT_OUTPUT is `warn`, and for one that was not checked
   * @returns null where nothing is to be checked
   */
  open({ outputFormat }: TurnPlan, warn: (warning: string) => void): SchemaCheck | null {
    if (outputFormat === null || this.environment.STRICT_OUTPUT === 'off') return null;
    const { schema, strict, instruction } = outputFormat;
    // What was not promised is looked at only where something can be done about it.
    if (!strict && !instruction) return null;
    if (findExcess(schema) !== null) {
      if (strict) warn('output_schema_unchecked');
      return null;
    }
    const key = JSON.stringify(schema);
    return {
      run: (text, signal) => this.pool.check(key, text, signal),
      judge: (verdict) => (strict ? this.judge(verdict, warn) : null),
    };
  }

  private judge(verdict: Verdict, warn: (warning: string) => void): GatewayError | null {
    const mustFit = this.environment.STRICT_OUTPUT === 'fail';
    switch (verdict.kind) {
      case 'fits':
        return null;
      case 'broken':
        if (mustFit)
          return new GatewayError('output_schema_violation', {
            message: `${VIOLATION}: ${verdict.problem}.`,
          });
        warn('output_schema_violation');
        return null;
      case 'overrun':
        if (mustFit) return new GatewayError('output_schema_unchecked');
        warn('output_schema_unchecked');
        return null;
      case 'unusable':
        // The request was the client's, and is served all the same.
        warn('output_schema_unchecked');
        return null;
    }
  }
}
