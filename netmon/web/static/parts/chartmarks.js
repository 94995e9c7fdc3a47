/** What a chart shows beside its lines: times of alarms, and limits. */
import { measure } from '../lib/format.js';
import { WORD } from '../lib/severity.js';

const EDGE = 3;
/** Height of a label in CSS pixels. */
const LABEL = 13;
const NARROWEST = 2;

/**
 * Return the hooks that draw them.
 * @param {{current: import('./chart.js').Drawing}} now
 * @param {{color: (name: string) => string, text: string}} style
 */
export function marks(now, { color, text }) {
  return {
    drawClear: [(/** @type {any} */ u) => now.current.bands.forEach((band) => drawBand(u, band, { now, color }))],
    draw: [(/** @type {any} */ u) => drawLimits(u, { now, color, text })],
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
 * Dashed lines in the color of their severity, each with its value in words.
 * @param {any} u
 * @param {{now: {current: import('./chart.js').Drawing}, color: (name: string) => string, text: string}} how
 */
function drawLimits(u, { now, color, text }) {
  const { bbox } = u;
  const place = (/** @type {any} */ limit) => Math.round(u.valToPos(limit.value, 'y', true));
  const limits = now.current.thresholds
    .map((limit) => ({ ...limit, severity: limit.severity ?? 'major', y: place(limit) }))
    .filter(({ y }) => y >= bbox.top && y <= bbox.top + bbox.height);
  for (const limit of limits) drawLimit(u, limit.y, color(limit.severity));
  const labels = labelsOf(limits.map(({ value, severity, y }) => ({ y, text: `limit ${measure(value, now.current.unit)}, ${WORD[severity] ?? severity}` })));
  drawLabels(u, labels, { color, text });
}

/**
 * @param {any} u
 * @param {number} y
 * @param {string} color
 */
function drawLimit({ ctx, bbox }, y, color) {
  const scale = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.setLineDash([4 * scale, 4 * scale]);
  ctx.lineWidth = scale;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

/**
 * @param {any} u
 * @param {{y: number, text: string}[]} labels
 * @param {{color: (name: string) => string, text: string}} how
 */
function drawLabels({ ctx, bbox }, labels, { color, text }) {
  const scale = devicePixelRatio;
  ctx.save();
  ctx.font = text.replace('11px', `${11 * scale}px`);
  ctx.textAlign = 'right';
  ctx.textBaseline = 'bottom';
  ctx.lineJoin = 'round';
  ctx.lineWidth = 3 * scale;
  // The ground around the letters keeps them readable over a line.
  ctx.strokeStyle = color('surface');
  ctx.fillStyle = color('text-2');
  const places = apart(labels.map((one) => one.y - 2 * scale), { top: bbox.top + LABEL * scale, height: LABEL * scale });
  labels.forEach((label, index) => {
    const at = [bbox.left + bbox.width - 2 * scale, places[index]];
    ctx.strokeText(label.text, ...at);
    ctx.fillText(label.text, ...at);
  });
  ctx.restore();
}

/**
 * Return the labels from the lowest to the highest; those that say the same are one.
 * @param {{y: number, text: string}[]} limits
 */
function labelsOf(limits) {
  const once = new Map(limits.map((one) => [one.text, one]));
  return [...once.values()].sort((one, other) => other.y - one.y);
}

/**
 * Return where labels go so that none lies on another: up from the lowest, and down again from the upper edge.
 * @param {number[]} wanted places in pixels from the top, the lowest label first
 * @param {{top: number, height: number}} room top: the highest place; height: of a label
 */
export function apart(wanted, { top, height }) {
  const places = [...wanted];
  for (let at = 1; at < places.length; at += 1) places[at] = Math.min(places[at], places[at - 1] - height);
  for (let at = places.length - 1; at >= 0; at -= 1) {
    const above = at === places.length - 1 ? top : places[at + 1] + height;
    places[at] = Math.max(places[at], above);
  }
  return places;
}
