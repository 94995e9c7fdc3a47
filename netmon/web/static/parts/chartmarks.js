/** What a chart shows beside its lines: times of alarms, and limits. */
import { measure } from '../lib/format.js';

const EDGE = 3;
const NARROWEST = 2;

/**
 * Return the hooks that draw them.
 * @param {{current: import('./chart.js').Drawing}} now
 * @param {{color: (name: string) => string, text: string}} style
 */
export function marks(now, { color, text }) {
  return {
    drawClear: [(/** @type {any} */ u) => now.current.bands.forEach((band) => drawBand(u, band, { now, color }))],
    draw: [(/** @type {any} */ u) => now.current.thresholds.forEach((limit) => drawLimit(u, limit, { now, color, text }))],
  };
}

/**
 * A pale band with a solid top edge in the color of the severity.
 * @param {any} u
 * @param {any} band
 * @param {{now: {current: import('./chart.js').Drawing}, color: (name: string) => string}} how
 */
function drawBand(u, band, { now, color }) {
  const { ctx, bbox } = u;
  const scale = devicePixelRatio;
  const left = Math.max(bbox.left, u.valToPos(band.from / 1e3, 'x', true));
  const right = Math.min(bbox.left + bbox.width, u.valToPos((band.to ?? now.current.to) / 1e3, 'x', true));
  if (right < bbox.left || left > bbox.left + bbox.width) return;
  const width = Math.max(NARROWEST * scale, right - left);
  ctx.save();
  ctx.fillStyle = color(band.severity);
  ctx.globalAlpha = 0.12;
  ctx.fillRect(left, bbox.top, width, bbox.height);
  ctx.globalAlpha = 1;
  ctx.fillRect(left, bbox.top - EDGE * scale, width, EDGE * scale);
  ctx.restore();
}

/**
 * A dashed line with its value in words.
 * @param {any} u
 * @param {any} limit
 * @param {{now: {current: import('./chart.js').Drawing}, color: (name: string) => string, text: string}} how
 */
function drawLimit(u, limit, { now, color, text }) {
  const { ctx, bbox } = u;
  const scale = devicePixelRatio;
  const y = Math.round(u.valToPos(limit.value, 'y', true));
  if (y < bbox.top || y > bbox.top + bbox.height) return;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = color(limit.severity ?? 'major');
  ctx.setLineDash([4 * scale, 4 * scale]);
  ctx.lineWidth = scale;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.font = text.replace('11px', `${11 * scale}px`);
  ctx.textAlign = 'right';
  ctx.textBaseline = 'bottom';
  ctx.fillText(`limit ${measure(limit.value, now.current.unit)}`, bbox.left + bbox.width - 2 * scale, y - 2 * scale);
  ctx.restore();
}
