import type { RawObject } from '../contracts/raw-object.js';
import type { McpCallError } from '../contracts/responses-api.js';

/** A tool that the gateway runs, as whoever has it describes it. @public */
export interface ServedTool {
  name: string;
  description: string | null;
  /** JSON schema of the arguments, as it was given. */
  inputSchema: RawObject;
  /** Whether it changes nothing, by its own word. */
  readOnly: boolean;
}

/** An image that a tool has put out. @public */
export interface ToolImage {
  /** `image/png`, `image/jpeg`, `image/gif` or `image/webp`: with others the next question would be refused. */
  mimeType: string;
  /** Base64, not empty. */
  data: string;
}

/** What a call came to: one of the two is set. @public */
export interface ToolOutcome {
  /** The text for the model and the client. */
  output: string | null;
  /** What has failed: the model is told, and the answer goes on. */
  error: McpCallError | null;
  /** For models that can see them; the text should say that there are some. Absent: none. */
  images?: readonly ToolImage[];
}

/** What a call is made with. @public */
export interface ToolCallOptions {
  /** Aborted when the answer is no longer wanted. */
  signal: AbortSignal;
}

/** Tools of one server or class, for one answer. It costs nothing until it is first used. @public */
export interface ToolSession {
  /**
   * @throws GatewayError (`external_connector_error`) when the server cannot be asked or does not answer in time
   */
  list(signal: AbortSignal): Promise<readonly ServedTool[]>;
  /** Rejects for nothing but `signal`: whatever else goes wrong is an outcome. */
  call(name: string, args: RawObject, options: ToolCallOptions): Promise<ToolOutcome>;
  /** Ends what is still running. Idempotent; never rejects. */
  close(): Promise<void>;
}
