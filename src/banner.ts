/** What the start banner says; plain values, since a worker tells its primary. */
export interface GatewayFacts {
  /** Where it is reached, e.g. http://127.0.0.1:8080 */
  url: string;
  upstream: string;
  auth: string;
  /** No key is needed. */
  isOpen: boolean;
}

/** Tells the person who started it where it listens, what it talks to, and what to try. */
export function printBanner({ url, upstream, auth, isOpen }: GatewayFacts, workers?: string): void {
  const lines = [
    '',
    `  Responses gateway   ${url}/v1/responses`,
    `  Upstream            ${upstream}`,
    `  Auth                ${auth}`,
    ...(workers === undefined ? [] : [`  Workers             ${workers}`]),
    '',
    '  Try it:',
    `  curl ${url}/v1/responses -H "content-type: application/json"${isOpen ? '' : ' -H "Authorization: Bearer $API_KEY"'} -d '{"model":"default","input":"Reply exactly: pong","max_output_tokens":32}'`,
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
