import { byId } from './dom.js';
import { drawPlot } from './plot.js';

/**
 * @param {import('./meter.js').Meter | undefined} meter undefined: nothing was sent
 * @param {number} now milliseconds since the request was sent
 * @param {object | undefined} usage of the response
 */
export function drawFigures(meter, now, usage) {
  const total = meter?.totalMs(now);
  byId('first-token').textContent = asTime(meter?.firstTokenMs);
  byId('speed').textContent = asRate(meter?.tokensPerSecond(now));
  byId('total').textContent = asTime(total);
  byId('input-tokens').textContent = asCount(usage?.input_tokens);
  byId('output-tokens').textContent = asCount(usage?.output_tokens);
  byId('reasoning-tokens').textContent = asCount(usage?.output_tokens_details?.reasoning_tokens);
  const peak = drawPlot(byId('plot'), meter?.series() ?? [], total ?? 1);
  byId('plot-peak').textContent = peak > 0 ? `up to ${asRate(peak)}` : '';
}

function asTime(ms) {
  if (ms === undefined) return '–';
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

function asRate(rate) {
  if (rate === undefined) return '–';
  return rate < 100 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en');
}

function asCount(count) {
  return count?.toLocaleString('en') ?? '–';
}
