import type { RequestContext } from '../request/request-context.js';

/** Says so in `x-gateway-warning` and in the log, once. */
export function warn(context: RequestContext, warning: string): void {
  if (context.warnings.includes(warning)) return;
  context.warnings = [...context.warnings, warning];
  context.report.warnings = context.warnings;
}
