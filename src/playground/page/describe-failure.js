/**
 * What the page says of a failed request.
 *
 * @param {import('./call-gateway.js').GatewayFailure | Error} error
 * @param {boolean} hasKey whether the request had a key
 * @returns {{ title: string, message: string, facts: [name: string, value: string][], wantsKey: boolean }}
 */
export function describeFailure(error, hasKey) {
  const { message, status, type, code, param, requestId } = error;
  const facts = Object.entries({ type, code, param, request: requestId }).filter(([, value]) => value);
  return { title: titleOf(status, hasKey), message, facts, wantsKey: status === 401 };
}

function titleOf(status, hasKey) {
  switch (status) {
    case undefined:
      return 'The connection broke';
    case 0:
      return 'No answer';
    case 200:
      return 'The answer failed';
    case 401:
      return hasKey ? 'The key was refused' : 'A key is needed';
    default:
      return `Error ${status}`;
  }
}
