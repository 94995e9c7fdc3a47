/** The charts of an element: traffic of the chosen or busiest interface, and what else it measures. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { withQuery } from '../lib/api.js';
import { safe, speed } from '../lib/format.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { ChartCard } from './chartcard.js';
import { isInterface } from './interfaces.js';

const MOST_LINES = 6;
const SOON_MS = 5_000, EVERY_MS = 60_000;
const CALM = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * Charts beside the traffic, in the order in which they are offered.
 * @type {{title: string, note: string, metrics: string[], port?: boolean}[]}
 */
const OTHERS = [
  { title: 'Temperature', note: 'hottest sensors', metrics: ['netmon_sensor_celsius'] },
  { title: 'CPU and memory', note: 'in use', metrics: ['netmon_cpu_percent', 'netmon_memory_used_percent'] },
  { title: 'Response time', note: 'of ping', metrics: ['netmon_element_rtt_seconds'] },
  { title: 'errors and discards', note: 'share of packets', port: true, metrics: ['netmon_if_in_errors_ratio', 'netmon_if_out_errors_ratio', 'netmon_if_in_discards_ratio', 'netmon_if_out_discards_ratio'] },
];

const TRAFFIC = ['netmon_if_in_bits_per_second', 'netmon_if_out_bits_per_second'];
const USED = ['netmon_if_in_utilization_percent', 'netmon_if_out_utilization_percent'];

/** @param {{id: string, range: string, objects: any[], chosen: string}} props */
export function Charts({ id, range, objects, chosen }) {
  const [measures, setMeasures] = useState(false);
  // An element that is new has no series yet; later parts come and go.
  const { data } = useLoad(withQuery('/api/v1/series', { element: id }), { every: measures ? EVERY_MS : SOON_MS });
  const known = useMemo(() => bySeries(data?.series ?? []), [data]);
  const ports = objects.filter(isInterface);
  const port = usePort(ports, chosen);
  const isChosen = Boolean(port) && port.object === chosen;
  const box = useShown(chosen);
  const others = OTHERS.map((one) => ({ ...one, objects: measured(known, one, port) })).filter((one) => one.objects.length);
  const traffic = port && TRAFFIC.some((metric) => known.get(metric)?.includes(port.object));
  useEffect(() => { if (traffic) setMeasures(true); }, [traffic]);
  const used = port && USED.some((metric) => known.get(metric)?.includes(port.object));
  const mark = { chosen: isChosen, range, name: wayName };
  return html`${traffic ? html`<${ChartCard} key="traffic" box=${box} ...${mark} title=${`${safe(port.name)} traffic`} note=${`in and out${port.speed_bps ? `, port of ${speed(port.speed_bps)}` : ''}`}
      query=${{ metric: TRAFFIC, element: id, object: port.object }} />` : isChosen && data && html`<section ref=${box} class="card chartcard chosen"><h2>${safe(port.name)} traffic</h2><div class="chart none">No traffic of this port is recorded.</div></section>`}
    ${used && others.length !== 1 && html`<${ChartCard} key="used" ...${mark} title=${`${safe(port.name)} utilization`} note=${`in and out, percent of ${speed(port.speed_bps)}`}
      query=${{ metric: USED, element: id, object: port.object }} />`}
    ${others.slice(0, 2).map((one) => html`<${ChartCard} key=${one.title} ...${one.port ? mark : { range, name: objectName }} title=${one.port ? `${safe(port.name)} ${one.title}` : one.title} note=${one.note}
      query=${{ metric: one.metrics.filter((metric) => known.has(metric)), element: id, object: one.objects }} />`)}`;
}

/**
 * Return the port that is charted: the chosen one, else the first one of the table when it was first shown. The table has
 * another order each time it is read; what is looked at stays.
 * @param {any[]} ports
 * @param {string} chosen
 */
function usePort(ports, chosen) {
  const kept = useRef('');
  const find = (/** @type {string} */ object) => ports.find((one) => one.object === object);
  const port = find(chosen) ?? find(kept.current) ?? ports.find((one) => one.in_bps || one.out_bps);
  if (port) kept.current = port.object;
  // Where no port has traffic yet, one of them stands there until one has.
  return port ?? ports[0];
}

/**
 * Return what to give the chart of the chosen port: it comes into view when another one is chosen.
 * @param {string} chosen
 */
function useShown(chosen) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const before = useRef(/** @type {string | null} */ (null));
  useEffect(() => {
    // Of an address that was opened the page stays at its top.
    if (chosen && before.current !== null) box.current?.scrollIntoView({ block: 'start', behavior: CALM.matches ? 'auto' : 'smooth' });
    before.current = chosen;
  }, [chosen]);
  return box;
}

/**
 * Return which objects have a metric.
 * @param {any[]} series
 */
function bySeries(series) {
  /** @type {Map<string, string[]>} */
  const known = new Map();
  for (const { metric, object } of series) {
    const objects = known.get(metric);
    if (objects) objects.push(object);
    else known.set(metric, [object]);
  }
  return known;
}

/**
 * Return the objects that a chart shows.
 * @param {Map<string, string[]>} known
 * @param {{metrics: string[], port?: boolean}} chart
 * @param {any} port
 */
function measured(known, { metrics, port: ofPort }, port) {
  const objects = [...new Set(metrics.flatMap((metric) => known.get(metric) ?? []))];
  return ofPort ? objects.filter((object) => object === port?.object) : objects.slice(0, MOST_LINES);
}

/** @param {any} series */
const wayName = ({ metric }) => `${metric.includes('_in_') ? 'in' : 'out'}${/errors|discards/.exec(metric)?.[0] ? ` ${/errors|discards/.exec(metric)?.[0]}` : ''}`;

/** @param {any} series */
function objectName({ metric, object }) {
  const name = safe(object.slice(object.indexOf('/') + 1).replace(/^\w+:/, ''));
  if (!object.includes('/')) return metric === 'netmon_element_rtt_seconds' ? 'round trip' : metric;
  return metric === 'netmon_memory_used_percent' ? (/mem/i.test(name) ? name : `memory ${name}`) : metric === 'netmon_cpu_percent' ? `CPU ${name}` : name;
}
