import { Injectable } from '@nestjs/common';
import { type Call, CLIENT_CLOSED_REQUEST } from '../../request/call-observer.js';
import { tenantOf } from '../../request/request-context.js';
import { BoundedNames } from './bounded-names.js';

const MOST_NAMES = 100;
/** An answer of a model was given, whole or in part. */
const ANSWERED: ReadonlySet<string | undefined> = new Set(['completed', 'incomplete', 'cancelled']);

/** What calls are counted by, in as many values as a time series database can hold. */
@Injectable()
export class CallLabels {
  private readonly models = new BoundedNames(MOST_NAMES);
  private readonly tenants = new BoundedNames(MOST_NAMES);

  /** '' where no model was asked. */
  modelOf({ context: { report } }: Call): string {
    return this.models.labelOf(report.model ?? '', ANSWERED.has(report.outcome));
  }

  /** '' where nobody was let in. */
  tenantOf({ context }: Call): string {
    return this.tenants.labelOf(tenantOf(context), true);
  }
}

/** How it ended: as the answer did, or the code of the error it was refused with. */
export function outcomeOf({ status, context: { report } }: Call): string {
  if (report.outcome !== undefined) return report.outcome;
  if (status === CLIENT_CLOSED_REQUEST) return 'cancelled';
  return status < 400 ? 'ok' : 'error';
}
