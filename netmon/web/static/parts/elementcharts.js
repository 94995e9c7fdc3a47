/** The charts of an element: traffic of the chosen or busiest interface, and what else it measures. */
import { useLoad } from '../lib/load.js';
import { withQuery } from '../lib/api.js';
import { html } from '../lib/html.js';
import { safe, speed } from '../lib/format.js';
import { ChartCard } from './chartcard.js';
import { isInterface } from './interfaces.js';

/** Metrics beside traffic, best first: how they are found and called. @type {{title: string, find: RegExp, unit: string}[]} */
const OTHERS = [
  { title: 'Temperature', find: /temp/i, unit: '°C' },
  { title: 'CPU', find: /cpu|processorload/i, unit: '%' },
  { title: 'Memory', find: /mem/i, unit: '%' },
];

/** @param {{id: string, range: string, objects: any[], chosen: string}} props */
export function Charts({ id, range, objects, chosen }) {
  const { data } = useLoad(withQuery('/api/v1/series', { element: id }));
  const series = data?.series ?? [];
  const ports = objects.filter(isInterface);
  const port = ports.find((one) => one.object === chosen) ?? ports.find((one) => one.in_bps || one.out_bps) ?? ports[0];
  return html`${port && html`<${Traffic} id=${id} port=${port} series=${series} range=${range} />`}
    ${port && !others(series).length && html`<${Errors} id=${id} port=${port} series=${series} range=${range} />`}
    ${others(series).slice(0, 3).map((one) => html`<${ChartCard} key=${one.title} title=${one.title} note=${one.note} range=${range}
      query=${{ element: id, metric: one.metric, object: one.objects }} names=${one.names} />`)}`;
}

/**
 * @param {any[]} series
 */
function others(series) {
  return OTHERS.flatMap(({ title, find, unit }) => {
    const found = series.filter((one) => find.test(one.metric) && (unit === '%' || one.unit === unit || one.unit === 'Cel' || /temp/i.test(one.metric)));
    if (!found.length) return [];
    const metric = found[0].metric;
    const mine = found.filter((one) => one.metric === metric).slice(0, 4);
    const names = mine.map((one) => nameOf(one.object));
    return [{ title, metric, names, objects: mine.map((one) => one.object), note: '' }];
  });
}

/** @param {string} object */
const nameOf = (object) => safe(object.slice(object.indexOf('/') + 1).replace(/^\w+:/, ''));

/** @param {any} props */
function Traffic({ id, port, series, range }) {
  const pair = metricsOf(series, port.object, [/(HC)?InOctets$/i, /(HC)?OutOctets$/i]);
  if (!pair.length) return null;
  const note = `in and out${port.speed_bps ? `, port of ${speed(port.speed_bps)}` : ''}`;
  return html`<${ChartCard} title=${`${safe(port.name)} traffic`} note=${note} range=${range} names=${['in', 'out']} shape=${bits}
    query=${{ element: id, object: port.object, metric: pair, fn: 'rate' }} />`;
}

/** @param {any} props */
function Errors({ id, port, series, range }) {
  const pair = metricsOf(series, port.object, [/InErrors$/i, /OutErrors$/i]);
  if (!pair.length) return null;
  return html`<${ChartCard} title=${`${safe(port.name)} errors`} note="in and out, per second" range=${range} names=${['in', 'out']}
    query=${{ element: id, object: port.object, metric: pair, fn: 'rate' }} />`;
}

/**
 * Return the metrics of an object that fit, the 64-bit ones before the others.
 * @param {any[]} series
 * @param {string} object
 * @param {RegExp[]} wanted
 */
function metricsOf(series, object, wanted) {
  const own = series.filter((one) => one.object === object).map((one) => one.metric);
  return wanted.flatMap((pattern) => {
    const found = own.filter((metric) => pattern.test(metric)).sort((one, other) => Number(/HC/.test(other)) - Number(/HC/.test(one)));
    return found.slice(0, 1);
  });
}

/**
 * Octets per second as bits per second.
 * @param {any} answer
 */
function bits(answer) {
  if (/bit/.test(answer.unit ?? answer.series[0]?.unit ?? '')) return answer;
  const times8 = (/** @type {(number | null)[] | undefined} */ values) => values?.map((value) => (value === null ? null : value * 8));
  const series = answer.series.map((/** @type {any} */ one) => ({ ...one, unit: 'bit/s', avg: times8(one.avg), min: times8(one.min), max: times8(one.max) }));
  return { ...answer, unit: 'bit/s', series };
}
