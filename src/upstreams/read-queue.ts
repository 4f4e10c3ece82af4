/** How LMDeploy, vLLM and SGLang call the requests that wait for their engine. */
const WAITING =
  /^(?:(?:lmdeploy|vllm):num_requests_waiting|sglang:num_queue_reqs)(?:\{.*\})?[ \t]+([\d.e+]+)/gim;

/**
 * Requests that wait in a server's own queue, from its metrics in Prometheus' text form.
 *
 * @returns null where it does not say; the sum of its engines where there are several
 */
export function readQueue(metrics: string): number | null {
  const counts = [...metrics.matchAll(WAITING)].map(([, count]) => Number(count)).filter(Number.isFinite);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}
