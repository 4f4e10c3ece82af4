import { GatewayError, toGatewayError } from '../../errors/gateway-error.js';
import { type JoinedInput, toOwnPath } from '../../state/join-input.js';

/** The input of a request with everything that it continues or refers to. */
export interface ResolvedInput {
  /** What the model is shown; as sent where there is nothing to join. */
  input: unknown;
  /** The items that are the request's own, for the record; null: all of the input. */
  own: readonly unknown[] | null;
  previousId: string | null;
  conversationId: string | null;
  /** Gives back what the request holds while it is answered. Idempotent; never rejects. */
  release: () => Promise<void>;
  /** Leaves what the request holds to its holder, who answers it elsewhere. */
  handOver: () => void;
  /** An error about the joined input as one about the input that was sent. */
  explain: (error: unknown) => GatewayError;
}

export const NOTHING = (): void => undefined;
export const NOTHING_HELD = (): Promise<void> => Promise.resolve();

/** For what is as the client has sent it. */
export function asSent(input: unknown): ResolvedInput {
  return {
    input,
    own: null,
    previousId: null,
    conversationId: null,
    release: NOTHING_HELD,
    handOver: NOTHING,
    explain: toGatewayError,
  };
}

/** Errors about joined items name the place that the client knows. */
export function explainFor(joined: JoinedInput): ResolvedInput['explain'] {
  return (thrown) => {
    const error = toGatewayError(thrown);
    if (error.param === null) return error;
    const param = toOwnPath(error.param, joined);
    if (param === error.param) return error;
    const { status, message, retryAfter, headers, cause } = error;
    return new GatewayError(error.errorName, { status, message, param, retryAfter, headers, cause });
  };
}

/** The fields of a body in which what it continues is put in; null where it is as the client has sent it. */
export function joinedFields({ input, own }: Pick<ResolvedInput, 'input' | 'own'>) {
  return own === null ? null : { input, previous_response_id: null, conversation: null };
}
