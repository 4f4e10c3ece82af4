import type { RawObject } from '../../contracts/raw-object.js';
import type { BuiltinKind } from '../vocabulary/builtin-kind.js';

/** A built-in tool as the function that the model is shown in its place. */
export interface BuiltinTool {
  kind: BuiltinKind;
  /** Of the function, where the name is free. */
  name: string;
  parameters: RawObject;
  /** Whether its results are images. */
  needsVision: boolean;
  /** The fields of the client's tool that have an effect. */
  options: ReadonlySet<string>;
  /**
   * @param path of the tool in the request
   * @returns the description, or null where the client leaves it to the service to run the tool
   * @throws GatewayError (400) whose param is the path of what is wrong
   */
  describe(tool: RawObject, path: string): string | null;
}
