/** The key figures of an element. */
import { connection, edition, feed } from '../lib/alarms.js';
import { useCell } from '../lib/cell.js';
import { age, count, measure, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { WORD } from '../lib/severity.js';
import { second } from '../lib/time.js';
import { countsOf, leftOut } from './elementalarms.js';
import { took } from './elementrow.js';

const OLD_POLLS = 3;
const OLD_AT_LEAST_MS = 15_000;

/** @param {{data: any}} props */
export function Figures({ data }) {
  useCell(edition);
  const now = useCell(second);
  const { since, live } = useCell(connection);
  const { kpi = {}, poll = {} } = data;
  const last = poll.last ?? data.last_poll;
  const at = live ? now : since;
  const figures = [
    alarms(data),
    ['Reachability', kpi.reachability_percent === undefined || kpi.reachability_percent === null ? reachability(data) : measure(kpi.reachability_percent, '%'), probe(data)],
    ...[['CPU', kpi.cpu, '%'], ['Memory', kpi.memory, '%'], ['Temperature', kpi.temperature, '°C']].map(([name, figure, unit]) => {
      const old = isOld(figure?.at, at, poll.every_s);
      return [name, value(figure, unit), old ? `${age(at - figure.at)} ago` : where(figure, name), old];
    }),
    ['Last poll', last ? age(at - last) : 'never', last ? polled(poll) : ''],
  ];
  return html`<div class="card kpi wide">${figures.map(([name, text, note, old]) => html`<div><div class="l">${name}</div>
    <div class=${old ? 'v num old' : 'v num'}>${text || html`<span class="dim none">not known</span>`} <small>${safe(note)}</small></div></div>`)}</div>`;
}

/**
 * Tell whether a value is too old to be how things are: three polls and more were missed since.
 * @param {number | undefined} read when it was read
 * @param {number} now
 * @param {number | undefined} every seconds between polls
 */
export const isOld = (read, now, every) => Boolean(read) && now - /** @type {number} */ (read) > Math.max(OLD_POLLS * (every ?? 0) * 1_000, OLD_AT_LEAST_MS);

/**
 * @param {any} figure
 * @param {string} unit
 */
const value = (figure, unit) => (figure ? measure(figure.value ?? figure, figure.unit ?? unit) : '');

/**
 * Return the part that has the highest value, without its element and kind.
 * @param {any} figure
 * @param {string} name of the figure
 */
const where = (figure, name) => {
  const part = String(figure?.where ?? '').replace(/^[^/]*\/(\w+:)?/, '').replace(/ temperature$/i, '').replace(/^(\d+)$/, 'no. $1');
  return part && part !== name ? `highest: ${part}` : '';
};

/** @param {any} data */
const reachability = (data) => safe(data.reachability ?? '');

/** @param {any} data */
function probe({ poll = {}, agent, reachability: word, kpi = {} }) {
  if (poll.rtt_ms !== undefined && poll.rtt_ms !== null) return `SNMP answers in ${took(poll.rtt_ms)}`;
  return kpi.reachability_percent === undefined ? (agent && agent !== word ? `agent ${agent}` : '') : `now ${word ?? 'unknown'}`;
}

/** @param {any} poll */
function polled({ elapsed_ms: elapsed, reason, state }) {
  if (reason) return `ago, ${reason}`;
  return ['ago', elapsed === undefined || elapsed === null ? state : `took ${took(elapsed)}`].filter(Boolean).join(', ');
}

/**
 * Alarms that are seen, as the list below counts them; what a list of the worst alarms lacks the server counts.
 * @param {any} data
 */
function alarms(data) {
  const counts = feed.limited ? { visible: data.alarms ?? 0, by: data.by_severity ?? {}, shelved: 0, below: 0 } : countsOf(data.id);
  return ['Visible active alarms', count(counts.visible), [severities(counts.by), leftOut(counts)].filter(Boolean).join('; ')];
}

/** @param {Record<string, number>} by */
const severities = (by) => Object.entries(by).filter(([, number]) => number).map(([name, number]) => `${number} ${(WORD[name] ?? name).toLowerCase()}`).join(', ');
