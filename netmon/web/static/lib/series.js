/** Answers of `/api/v1/query` as charts draw them: pure. */
import { clock, measure, plural } from './format.js';
import { rank } from './severity.js';

/** @typedef {import('../parts/chart.js').Drawing} Drawing */

/** Ranges that `[` and `]` go through, with their length in ms. @type {[string, number][]} */
export const RANGES = [
  ['15m', 9e5],
  ['1h', 36e5],
  ['3h', 108e5],
  ['6h', 216e5],
  ['24h', 864e5],
  ['7d', 6048e5],
  ['30d', 2592e6],
];

/**
 * Return a range in words.
 * @param {string} name
 */
export const rangeWord = (name) => `Last ${name.replace(/(\d+)m$/, '$1 min').replace(/(\d+)([hd])$/, '$1 $2')}`;

/**
 * Return the range one step away.
 * @param {string} name
 * @param {number} step
 */
export function nextRange(name, step) {
  const at = RANGES.findIndex(([one]) => one === name);
  return RANGES[Math.max(0, Math.min(RANGES.length - 1, at + step))][0];
}

/**
 * Return a time in ms UTC, whatever it came as.
 * @param {any} at
 */
const ms = (at) => (typeof at === 'string' ? Date.parse(at) : at > 1e11 ? at : at * 1e3);

/**
 * Turn an answer into what is drawn. Inside a gap the line is broken (`null`), another empty bucket is bridged.
 * @param {any} answer
 * @param {{name?: (series: any, index: number) => string, zero?: boolean}} [how]
 * @returns {Drawing}
 */
export function drawingOf(answer, { name = seriesName, zero } = {}) {
  const begin = ms(answer.t0);
  const step = answer.step * 1e3;
  const x = Array.from({ length: answer.n }, (_, index) => (begin + index * step) / 1e3);
  const unit = answer.unit ?? answer.series[0]?.unit ?? '';
  return {
    x,
    unit,
    from: ms(answer.from),
    to: ms(answer.to),
    zero: zero ?? !['°C', 'V'].includes(unit),
    lines: answer.series.map((/** @type {any} */ one, /** @type {number} */ index) => lineOf(one, { name: name(one, index), x, step })),
    bands: (answer.bands ?? []).map((/** @type {any} */ band) => ({ ...band, from: ms(band.from), to: band.to ? ms(band.to) : undefined })),
    thresholds: answer.thresholds ?? [],
  };
}

/**
 * @param {any} series
 * @param {{name: string, x: number[], step: number}} how
 */
function lineOf(series, { name, x, step }) {
  const gaps = (series.gaps ?? []).map((/** @type {any[]} */ gap) => gap.map(ms));
  const inGap = (/** @type {number} */ index) => {
    const at = x[index] * 1e3;
    return gaps.some((/** @type {number[]} */ [from, to]) => at + step > from && at < to);
  };
  const broken = (/** @type {(number | null)[] | undefined} */ values) =>
    values?.map((value, index) => (value === null ? (inGap(index) ? null : undefined) : value));
  const spread = series.max?.some((/** @type {any} */ high, /** @type {number} */ index) => high !== null && high !== series.min[index]);
  return {
    name,
    unit: series.unit ?? '',
    avg: broken(series.avg) ?? [],
    ...(spread && { min: broken(series.min), max: broken(series.max) }),
  };
}

/**
 * Return how a series is called in a legend.
 * @param {any} series
 */
export const seriesName = (series) => series.name ?? series.labels?.ifName ?? series.labels?.object ?? series.metric;

/**
 * Return what a chart says, in words, for those who do not see it.
 * @param {Drawing} drawing
 * @param {string} title
 * @param {string} zone
 */
export function summary(drawing, title, zone) {
  const parts = drawing.lines.map((line) => {
    const values = /** @type {number[]} */ (line.avg.filter((value) => value !== null && value !== undefined));
    if (!values.length) return `${line.name}: no data`;
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const word = (/** @type {number} */ value) => measure(value, drawing.unit);
    const gaps = line.avg.filter((value, index) => value === null && line.avg[index - 1] !== null).length;
    return `${line.name}: least ${word(low)}, most ${word(high)}, last ${word(values[values.length - 1])}, ${gaps} gaps`;
  });
  const hidden = drawing.bands.filter((band) => band.hidden).length;
  const alarms = drawing.bands.length ? `. ${plural(drawing.bands.length, 'alarm')}${hidden ? `, ${hidden} of them hidden` : ''}` : '';
  return `${title}, ${clock(drawing.from, zone)} to ${clock(drawing.to, zone)}. ${parts.join('. ')}${alarms}`;
}

/**
 * Return the newest value at or before a place, and none inside a gap.
 * @param {(number | null | undefined)[]} values
 * @param {number | null} index
 */
export function valueAt(values, index) {
  for (let at = index ?? values.length - 1; at >= 0; at -= 1) {
    if (values[at] === null && index !== null) return null;
    const value = values[at];
    if (value !== undefined && value !== null) return value;
  }
  return null;
}

/** A band is found so near to it, as a share of the range: some are a pixel wide. */
const NEAR_BAND = 1 / 200;

/**
 * Return the band at a time: of several one that is seen before a hidden one, and the worst of them.
 * @param {Drawing} drawing
 * @param {number} at ms UTC
 * @param {number} [span] ms of the range that is seen
 */
export function bandAt({ bands, from, to }, at, span = to - from) {
  const slack = span * NEAR_BAND;
  const there = bands.filter((one) => at >= one.from - slack && at <= (one.to ?? to) + slack);
  return there.sort((one, other) => Number(Boolean(one.hidden)) - Number(Boolean(other.hidden)) || rank(one.severity) - rank(other.severity))[0];
}

/** A limit may be so far from what was measured, in spans of that or in its size, and is still drawn to scale. */
const [SPANS, SIZES] = [3, 2];

/**
 * Return the limits that the scale of a chart goes out to: one that is far away would press the lines flat, such as the
 * -1000 of a rule that means "none".
 * @param {number[]} limits
 * @param {number} low of the lines
 * @param {number} high of the lines
 */
export function withinReach(limits, low, high) {
  const reach = Math.max(SPANS * (high - low), SIZES * Math.max(Math.abs(low), Math.abs(high)));
  return reach ? limits.filter((one) => one >= low - reach && one <= high + reach) : limits;
}
