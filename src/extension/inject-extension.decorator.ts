import { type Abstract, Inject } from '@nestjs/common';
import { extensionToken } from './extension-point.js';

/**
 * Injects the implementation that is in force for an extension point: the deployer's, else the default.
 *
 * @public
 * @example
 * constructor(@InjectExtension(UpstreamClient) private readonly upstream: UpstreamClient) {}
 */
export const InjectExtension = (point: Abstract<unknown>): ParameterDecorator =>
  Inject(extensionToken(point));
