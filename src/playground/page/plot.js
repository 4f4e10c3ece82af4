const WIDTH = 320;
const HEIGHT = 64;
const NAMESPACE = 'http://www.w3.org/2000/svg';

/**
 * Draws tokens a second over time.
 *
 * @param {SVGElement} svg
 * @param {{ at: number, rate: number }[]} series
 * @param {number} totalMs where the axis ends
 * @returns {number} the highest rate
 */
export function drawPlot(svg, series, totalMs) {
  const peak = Math.max(0, ...series.map(({ rate }) => rate));
  if (peak === 0) {
    svg.replaceChildren();
    return 0;
  }
  const width = series.length > 1 ? (series[1].at / totalMs) * WIDTH : WIDTH;
  const steps = series.map(({ at, rate }) => {
    const x = (at / totalMs) * WIDTH;
    const y = HEIGHT - (rate / peak) * (HEIGHT - 2);
    return `L${x.toFixed(1)} ${y.toFixed(1)}h${Math.min(width, WIDTH - x).toFixed(1)}`;
  });
  const path = document.createElementNS(NAMESPACE, 'path');
  path.setAttribute('d', `M0 ${HEIGHT}${steps.join('')}V${HEIGHT}Z`);
  svg.replaceChildren(path);
  return peak;
}
