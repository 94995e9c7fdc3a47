/** The key figures of an element. */
import { connection } from '../lib/alarms.js';
import { useCell } from '../lib/cell.js';
import { age, count, measure, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { MARK } from '../lib/severity.js';
import { second } from '../lib/time.js';
import { took } from './elementrow.js';

/** @param {{data: any}} props */
export function Figures({ data }) {
  const now = useCell(second);
  const { since, live } = useCell(connection);
  const { kpi = {}, poll = {} } = data;
  const last = poll.last ?? data.last_poll;
  const figures = [
    ['Active alarms', count(data.alarms ?? 0), severities(data)],
    ['Reachability', kpi.reachability_percent === undefined || kpi.reachability_percent === null ? reachability(data) : measure(kpi.reachability_percent, '%'), probe(data)],
    ['CPU', value(kpi.cpu, '%'), where(kpi.cpu)],
    ['Memory', value(kpi.memory, '%'), where(kpi.memory)],
    ['Temperature', value(kpi.temperature, '°C'), where(kpi.temperature)],
    ['Last poll', last ? age((live ? now : since) - last) : 'never', last ? polled(poll) : ''],
  ];
  return html`<div class="card kpi wide">${figures.map(([name, text, note]) => html`<div><div class="l">${name}</div>
    <div class="v num">${text || html`<span class="dim none">not known</span>`} <small>${safe(note)}</small></div></div>`)}</div>`;
}

/**
 * @param {any} figure
 * @param {string} unit
 */
const value = (figure, unit) => (figure ? measure(figure.value ?? figure, figure.unit ?? unit) : '');

/**
 * Return the part that has the highest value, without its element and kind.
 * @param {any} figure
 */
const where = (figure) => String(figure?.where ?? '').replace(/^[^/]*\/(\w+:)?/, '').replace(/ temperature$/i, '').replace(/^(\d+)$/, 'no. $1');

/** @param {any} data */
const reachability = (data) => safe(data.reachability ?? '');

/** @param {any} data */
function probe({ poll = {}, agent, reachability: word, kpi = {} }) {
  if (poll.rtt_ms !== undefined && poll.rtt_ms !== null) return `SNMP ${took(poll.rtt_ms)}`;
  return kpi.reachability_percent === undefined ? (agent && agent !== word ? `agent ${agent}` : '') : `now ${word ?? 'unknown'}`;
}

/** @param {any} poll */
function polled({ cells, elapsed_ms: elapsed, reason, state }) {
  if (reason) return `ago, ${reason}`;
  const parts = [];
  if (cells) parts.push(`${count(cells)} values`);
  if (elapsed !== undefined && elapsed !== null) parts.push(took(elapsed));
  return ['ago', parts.join(', ') || state].filter(Boolean).join(', ');
}

/** @param {any} data */
function severities(data) {
  const by = data.by_severity ?? {};
  const words = Object.entries(by).filter(([, number]) => number).map(([name, number]) => `${number} ${MARK[name] ?? name}`);
  if (words.length) return words.join(', ');
  return data.alarms ? `${count(data.unacked ?? 0)} unacknowledged` : '';
}
