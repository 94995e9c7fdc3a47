/** What a chart shows beside its lines: times of alarms, and limits. */
import { measure } from '../lib/format.js';
import { WORD } from '../lib/severity.js';

const EDGE = 3;
/** Height of a label in CSS pixels. */
const LABEL = 13;
const NARROWEST = 2;
const DASH = 4;

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
 * A pale band with a solid top edge in the color of the severity; of an alarm that something hides only the edge, dashed.
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
  if (band.hidden) {
    for (let at = 0; at < width; at += 2 * DASH * scale) ctx.fillRect(left + at, bbox.top - EDGE * scale, Math.min(DASH * scale, width - at), EDGE * scale);
  } else {
    ctx.globalAlpha = 0.12;
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.globalAlpha = 1;
    ctx.fillRect(left, bbox.top - EDGE * scale, width, EDGE * scale);
  }
  ctx.restore();
}

/**
 * Dashed lines in the color of their severity, with their values in words.
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
  drawLabels(u, labelsOf(limits, { unit: now.current.unit, height: LABEL * devicePixelRatio }), { color, text });
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
  for (const label of labels) {
    const at = [bbox.left + bbox.width - 2 * scale, label.y - scale];
    ctx.strokeText(label.text, ...at);
    ctx.fillText(label.text, ...at);
  }
  ctx.restore();
}

/**
 * Return the labels, each over its line; lines that are nearer to each other than a label is high share one, over the highest.
 * @param {{value: number, severity: string, y: number}[]} limits y: pixels from the top
 * @param {{unit: string, height: number}} how height: of a label
 */
export function labelsOf(limits, { unit, height }) {
  const rising = [...limits].sort((one, other) => other.y - one.y || one.value - other.value);
  /** @type {{y: number, words: string[]}[]} */
  const labels = [];
  for (const { value, severity, y } of rising) {
    const words = `${measure(value, unit)} ${(WORD[severity] ?? severity).toLowerCase()}`;
    const last = labels.at(-1);
    if (!last || last.y - y >= height) labels.push({ y, words: [words] });
    else {
      last.y = y;
      if (!last.words.includes(words)) last.words.push(words);
    }
  }
  return labels.map(({ y, words }) => ({ y, text: `${words.length > 1 ? 'limits' : 'limit'} ${words.join(', ')}` }));
}
