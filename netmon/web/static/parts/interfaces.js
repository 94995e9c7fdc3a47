/** The managed objects of an element: interfaces with their traffic, and the others. */
import { useState } from 'preact/hooks';
import { edition } from '../lib/alarms.js';
import { useCell } from '../lib/cell.js';
import { clock, count, measure, plural, safe, si, speed } from '../lib/format.js';
import { html } from '../lib/html.js';
import { goQuery } from '../lib/router.js';
import { prefs } from '../lib/prefs.js';
import { serverNow } from '../lib/time.js';
import { worstByObject } from './elementalarms.js';
import { isOld } from './figures.js';
import { Severity } from './glyph.js';
import { Spark } from './spark.js';
import { Empty, Failed, Loading } from './states.js';

const FIRST = 24;

/** Unit by the last word of a metric's name. @type {Record<string, string>} */
const UNITS = { bytes: 'B', octets: 'B', percent: '%', celsius: '°C', volts: 'V', amperes: 'A', watts: 'W', hertz: 'Hz', rpm: 'rpm', seconds: 's', ratio: 'ratio', dbm: 'dBm' };
const LIMIT = 'netmon_limit_';
/** @type {Record<string, string>} */
const OPTICAL = { netmon_rx_power_dbm: 'rx', netmon_tx_power_dbm: 'tx' };

/** @param {any} one */
export const isInterface = (one) => one.kind === 'if' || one.kind === 'interface' || String(one.object).includes('/if:');

/** @param {{id: string, loaded: import('../lib/load.js').Loaded, chosen: string, every: number}} props */
export function Interfaces({ id, loaded, chosen, every }) {
  useCell(edition);
  const worst = worstByObject(id);
  const [all, setAll] = useState(false);
  const { data, error, again } = loaded;
  const rows = (data?.objects ?? []).filter(isInterface);
  const shown = all ? rows : rows.slice(0, FIRST);
  return html`<section class="card wide"><h2>Interfaces <span>${data ? `${count(shown.length)} of ${count(rows.length)}, alarmed and busiest first` : ''}</span></h2>
    ${!data && error && html`<${Failed} what="The interfaces could not be read." error=${error} retry=${again} />`}
    ${!data && !error && html`<${Loading} rows=${6} />`}
    ${data && !rows.length && html`<${Empty} title="No interfaces learned yet."><p>They come with the first poll that answers.</p></${Empty}>`}
    ${rows.length > 0 && html`<table class="ifs"><thead><tr><th>Name</th><th class="desc">Description</th><th>Admin</th><th>Oper</th><th class="r">Speed</th><th class="r">In</th><th class="r">Out</th><th class="hour">Last hour, in</th><th class="r err">Errors</th><th>Alarm</th></tr></thead>
      <tbody>${shown.map((one) => html`<${Row} key=${one.object} one=${one} alarm=${worst.get(one.object)} chosen=${one.object === chosen} every=${every} />`)}</tbody></table>`}
    ${rows.length > FIRST && html`<p class="more"><button type="button" class="link" onClick=${() => setAll(!all)}>${all ? 'Show fewer' : `Show all ${count(rows.length)}`}</button></p>`}
  </section>`;
}

/** @param {{one: any, alarm: import('../lib/live.js').Row | undefined, chosen: boolean, every: number}} props */
function Row({ one, alarm, chosen, every }) {
  const { zone } = useCell(prefs);
  const data = (one.spark ?? []).some((/** @type {any} */ value) => value !== null);
  const old = isOld(one.last, serverNow(), every);
  const choose = () => goQuery({ object: chosen ? null : one.object }, { replace: true });
  return html`<tr class=${[chosen && 'chosen', old && 'old'].filter(Boolean).join(' ')} title=${old ? `last read at ${clock(one.last, zone)}` : undefined}><td class="mono"><button type="button" class="link" aria-pressed=${String(chosen)} title="Show its charts" onClick=${choose}>${safe(one.name)}</button></td>
    <td class="desc" title=${safe(one.description)}>${safe(one.description)}</td>
    <td>${word(one.admin)}</td><td>${word(one.oper)}</td>
    <td class="r num">${speed(one.speed_bps)}</td>
    <td class="r num">${rate(one.in_bps, one.in_util)}</td><td class="r num">${rate(one.out_bps, one.out_util)}</td>
    <td class="hour">${data ? html`<${Spark} values=${one.spark} label=${`In over the last hour, now ${si(one.in_bps, 'b/s')}`} />` : html`<span class="dim">${one.last ? `no data since ${clock(one.last, zone)}` : 'no data'}</span>`}</td>
    <td class="r num err">${one.errors_ratio ? `${(one.errors_ratio * 100).toPrecision(2)} %` : ''}</td>
    <td><${Alarm} alarm=${alarm} /></td></tr>`;
}

/** @param {{alarm: import('../lib/live.js').Row | undefined}} props */
const Alarm = ({ alarm }) => alarm
  ? html`<a class="plain-link" href=${`/alarms/${alarm.id}`} title=${safe(alarm.text)}><${Severity} severity=${alarm.sev} />${alarm.hidden?.length ? html` <span class="dim">hidden</span>` : ''}</a>`
  : null;

/** States of parts that need no look, in the words of the MIBs. */
const WELL = new Set(['up', 'ok', 'enabled', 'normal', 'running', 'on', 'online', 'active', 'good', 'established', 'full', 'present']);

/** @param {string | undefined} state */
const word = (state) => (!state ? '' : WELL.has(state) ? html`<span class="muted">${safe(state)}</span>` : html`<b>${safe(state)}</b>`);

/**
 * @param {number | undefined | null} bps
 * @param {number | undefined | null} used percent
 */
const rate = (bps, used) => html`<span title=${used === undefined || used === null ? undefined : `${used.toFixed(1)} % of its speed`}>${si(bps, 'b/s')}</span>`;

/** @param {{id: string, objects: any[]}} props */
export function Others({ id, objects }) {
  useCell(edition);
  const worst = worstByObject(id);
  const rows = objects.filter((one) => !isInterface(one));
  if (!rows.length) return null;
  return html`<section class="card wide"><h2>Other objects <span>${plural(rows.length, 'object')}</span></h2>
    <table><thead><tr><th>Kind</th><th>Name</th><th class="desc">Description</th><th>State</th><th>Measured</th><th>Alarm</th></tr></thead>
      <tbody>${rows.slice(0, 100).map((one) => html`<tr key=${one.object}><td class="muted">${safe(one.kind)}</td><td class="mono">${safe(one.name)}</td><td class="desc">${safe([one.description, one.model, one.serial && `serial ${one.serial}`].filter(Boolean).join(', '))}</td><td>${word(one.oper) || html`<span class="dim" title="Its agent tells no state of it">not told</span>`}</td>
        <td class="num">${measured(one.values)}</td>
        <td><${Alarm} alarm=${worst.get(one.object)} /></td></tr>`)}</tbody></table>
  </section>`;
}

/**
 * Return the newest gauges of an object, in words.
 * @param {Record<string, number> | undefined} values by metric
 */
function measured(values) {
  const all = Object.entries(values ?? {});
  const derived = all.filter(([metric]) => metric.startsWith('netmon_') && !metric.startsWith(LIMIT));
  const own = all.filter(([metric]) => !metric.startsWith(LIMIT));
  return (derived.length ? derived : own).map(([metric, value]) => withLimits(metric, value, values ?? {})).filter(Boolean).join(', ');
}

/**
 * Return a value with its unit and the limits that the part itself has for it: ``-12.4 dBm (-13.1 to 1)``.
 * @param {string} metric
 * @param {number} value
 * @param {Record<string, number>} values by metric
 */
function withLimits(metric, value, values) {
  const unit = metric.split('_').at(-1) ?? '';
  const text = measure(value, UNITS[unit] ?? '');
  const quantity = OPTICAL[metric] ?? unit;
  const [low, high] = ['low', 'high'].map((side) => values[`${LIMIT}${quantity}_${side}_alarm`] ?? values[`${LIMIT}${quantity}_${side}_warning`]);
  if (!text || (low === undefined && high === undefined)) return text;
  if (low === undefined) return `${text} (at most ${high})`;
  return high === undefined ? `${text} (at least ${low})` : `${text} (${low} to ${high})`;
}
