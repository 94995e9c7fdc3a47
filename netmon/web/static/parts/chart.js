/** One uPlot chart: gaps stay gaps, alarm times are bands, limits are dashed lines. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { useCell } from '../lib/cell.js';
import { day, hourMinute, measure } from '../lib/format.js';
import { html } from '../lib/html.js';
import { go } from '../lib/router.js';
import { prefs } from '../lib/prefs.js';
import { bandAt, withinReach } from '../lib/series.js';
import { marks } from './chartmarks.js';

const HEIGHT = 190;
const TWO_DAYS_S = 172_800;
const DASHES = [[], [], [6, 3], [2, 3], [8, 3, 2, 3], [10, 4], [4, 2], [1, 2]];

/**
 * @typedef {{name: string, unit: string, avg: (number | null | undefined)[], min?: (number | null | undefined)[],
 *   max?: (number | null | undefined)[]}} Line
 * @typedef {{x: number[], lines: Line[], unit: string, bands: any[], thresholds: any[], from: number, to: number,
 *   zero: boolean}} Drawing
 * @param {{drawing: Drawing, label: string, onCursor: (index: number | null) => void, onZoom: (zoomed: boolean) => void}} props
 */
export function Chart({ drawing, label, onCursor, onZoom }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const plot = useRef(/** @type {any} */ (null));
  const { theme, zone } = useCell(prefs);
  const shape = `${drawing.lines.map((line) => `${line.name}${line.min ? 1 : 0}`)} ${drawing.unit} ${theme} ${zone}`;
  const now = useRef(drawing);
  now.current = drawing;

  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const made = new uPlot(options(element, now, { zone, onCursor, onZoom }), columns(now.current), element);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => {
    plot.current?.setData(columns(drawing));
  }, [drawing]);
  return html`<div class="chart" ref=${box} role="img" aria-label=${label}></div>`;
}

/** @param {Drawing} drawing */
function columns(drawing) {
  const rows = [drawing.x];
  for (const line of drawing.lines) {
    rows.push(/** @type {any} */ (line.avg));
    if (line.min && line.max) rows.push(/** @type {any} */ (line.max), /** @type {any} */ (line.min));
  }
  return rows;
}

/**
 * @param {HTMLElement} element
 * @param {{current: Drawing}} now
 * @param {{zone: string, onCursor: (index: number | null) => void, onZoom: (zoomed: boolean) => void}} how
 */
function options(element, now, { zone, onCursor, onZoom }) {
  const color = colorsOf(element);
  const { lines, unit } = now.current;
  const { series, bands } = look(lines, color);
  const text = `11px ${getComputedStyle(element).fontFamily}`;
  const axis = { stroke: color('text-3'), font: text, ticks: { show: false } };
  const span = (/** @type {any} */ u) => u.scales.x.max - u.scales.x.min;
  return {
    width: element.clientWidth || 600,
    height: HEIGHT,
    padding: [14, 14, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: 'charts' }, points: { size: 7 }, drag: { x: true, y: false, setScale: true }, y: false },
    tzDate: (/** @type {number} */ at) => (zone === 'utc' ? uPlot.tzDate(new Date(at * 1e3), 'Etc/UTC') : new Date(at * 1e3)),
    scales: { x: { time: true, range: (/** @type {any} */ _u, /** @type {number} */ min, /** @type {number} */ max) => xRange(now.current, min, max) }, y: { range: yRange(now) } },
    axes: [
      { ...axis, grid: { show: false }, size: 26, gap: 6, space: 90, values: (/** @type {any} */ u, /** @type {number[]} */ at) => at.map((one) => timeWord(one * 1e3, span(u), zone)) },
      { ...axis, grid: { stroke: color('line'), width: 1 }, size: 62, gap: 8, space: 30, values: (/** @type {any} */ _u, /** @type {number[]} */ at) => at.map((one) => measure(one, unit) || '0') },
    ],
    series: [{}, ...series],
    bands,
    hooks: {
      ...marks(now, { color, text }),
      setCursor: [(/** @type {any} */ u) => onCursor(u.cursor.idx ?? null)],
      setScale: [(/** @type {any} */ u, /** @type {string} */ key) => key === 'x' && onZoom(zoomed(u, now.current))],
      ready: [(/** @type {any} */ u) => u.over.addEventListener('click', () => openBand(u, now.current))],
    },
  };
}

/**
 * Return what resolves a color of the style sheet for a canvas, in the theme that is seen now.
 * @param {HTMLElement} element
 */
function colorsOf(element) {
  /** @type {Map<string, string>} */
  const known = new Map();
  return (/** @type {string} */ name) => {
    if (!known.has(name)) {
      element.style.color = `var(--${name})`;
      known.set(name, getComputedStyle(element).color);
      element.style.color = '';
    }
    return known.get(name) ?? '';
  };
}

/**
 * @param {Line[]} lines
 * @param {(name: string) => string} color
 */
function look(lines, color) {
  /** @type {any[]} */
  const series = [];
  /** @type {any[]} */
  const bands = [];
  lines.forEach((line, index) => {
    const stroke = color(index === 1 ? 'chart-2' : index === 0 ? 'chart' : index % 2 ? 'chart-2' : 'chart');
    const quiet = { stroke, width: 0, points: { show: false } };
    series.push({ label: line.name, stroke, width: 1.6, dash: DASHES[index % DASHES.length], points: { show: false } });
    if (!line.min || !line.max) return;
    const at = series.length + 1;
    series.push({ ...quiet, label: `${line.name} max` }, { ...quiet, label: `${line.name} min` });
    bands.push({ series: [at, at + 1], fill: color(index === 1 ? 'area-2' : 'area') });
  });
  return { series, bands };
}

/**
 * @param {Drawing} drawing
 * @param {number | null} min
 * @param {number | null} max
 */
function xRange(drawing, min, max) {
  const whole = min === null || max === null || (min <= drawing.x[0] && max >= (drawing.x.at(-1) ?? 0));
  return whole ? [drawing.from / 1e3, drawing.to / 1e3] : [min, max];
}

/** @param {{current: Drawing}} now */
const yRange = (now) => (/** @type {any} */ _u, /** @type {number | null} */ low, /** @type {number | null} */ high) => {
  const { zero, thresholds, unit } = now.current;
  const limits = withinReach(thresholds.map((one) => one.value), low ?? 0, high ?? 0);
  const top = Math.max(high ?? 0, ...limits);
  const bottom = zero ? 0 : Math.min(low ?? 0, ...limits);
  if (unit === '%' && zero) return [0, Math.max(100, top)];
  const room = (top - bottom || Math.abs(top) || 1) * 0.12;
  return [zero ? 0 : bottom - room, top + room];
};

/**
 * @param {number} at
 * @param {number} span seconds
 * @param {string} zone
 */
function timeWord(at, span, zone) {
  const time = hourMinute(at, zone);
  if (span <= TWO_DAYS_S) return time;
  return time === '00:00' ? day(at, zone) : `${day(at, zone)} ${time}`;
}

/**
 * @param {any} u
 * @param {Drawing} drawing
 */
function zoomed(u, drawing) {
  const { min, max } = u.scales.x;
  return Boolean(drawing.x.length) && (min > drawing.from / 1e3 + 1 || max < drawing.to / 1e3 - 1);
}

/**
 * Open the alarm whose band was clicked.
 * @param {any} u
 * @param {Drawing} drawing
 */
function openBand(u, drawing) {
  const band = bandAt(drawing, u.posToVal(u.cursor.left, 'x') * 1e3, (u.scales.x.max - u.scales.x.min) * 1e3);
  if (band) go(`/alarms/${band.alarm}`);
}
