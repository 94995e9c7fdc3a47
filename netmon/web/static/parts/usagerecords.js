/** The records of one metered interface; each opens the readings it was computed from. */
import { useState } from 'preact/hooks';
import { useCell } from '../lib/cell.js';
import { count, day, exactClock, hourMinute, plural, safe, si, zoneName } from '../lib/format.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { prefs } from '../lib/prefs.js';
import { withQuery } from '../lib/api.js';
import { goQuery } from '../lib/router.js';
import { octets, share, signed, words } from '../lib/usage.js';
import { Octets } from './usageseries.js';
import { Empty, Failed, Loading } from './states.js';

const EVERY_MS = 30_000;

/** @param {{path: string, series: string, since: number}} props */
export function UsageRecords({ path, series, since: told }) {
  const [since] = useState(told);
  const { data, error, again } = useLoad(withQuery(`${path}/records`, { series, since }), { every: EVERY_MS });
  const [open, setOpen] = useState('');
  const records = data?.records ?? [];
  return html`<section class="card wide"><h2>Records of <span class="mono">${safe(series)}</span> <span>${data ? `${plural(data.total, 'record')} in 24 h${data.total > records.length ? `, the newest ${count(records.length)}` : ''}` : ''}</span>
      <button type="button" class="link" onClick=${() => goQuery({ series: null }, { replace: true })}>Close</button></h2>
    ${!data && error && html`<${Failed} what="The records could not be read." error=${error} retry=${again} />`}
    ${!data && !error && html`<${Loading} rows=${6} />`}
    ${data && !records.length && html`<${Empty} title="It has no record in the last 24 h."></${Empty}>`}
    ${records.length > 0 && html`<div class="scrolls" tabindex="0" role="region" aria-label="Records"><table><thead><tr><th>Interval</th><th>Kind</th><th class="r">Octets in</th><th class="r">Octets out</th><th>Quality</th><th class="r">Covered</th><th>Noticed</th><th class="r">recSeq</th></tr></thead>
      <tbody>${records.map((/** @type {any} */ one) => html`<${Row} key=${one.line.id} one=${one} open=${open === one.line.id} set=${setOpen} />`)}</tbody></table></div>`}
  </section>`;
}

/** @param {{one: any, open: boolean, set: (id: string) => void}} props */
function Row({ one: { line, hash }, open, set }) {
  const { zone } = useCell(prefs);
  const [start, end] = [Date.parse(line.start), Date.parse(line.end)];
  const exception = line.kind === 'exception';
  const bound = line.quality === 'partial';
  return html`<tr class=${open ? 'chosen' : ''}><td class="num"><button type="button" class="link" aria-expanded=${String(open)} title="Show its evidence" onClick=${() => set(open ? '' : line.id)}>${day(start, zone)} ${hourMinute(start, zone)} to ${hourMinute(end, zone)} ${zoneName(zone, start)}</button></td>
      <td>${kind(line)}</td>
      <td class="r num">${exception ? '' : html`<${Octets} text=${line.octets_in} atLeast=${bound} />${change(line.delta_octets_in)}`}</td>
      <td class="r num">${exception ? '' : html`<${Octets} text=${line.octets_out} atLeast=${bound} />${change(line.delta_octets_out)}`}</td>
      <td>${line.quality === 'measured' ? html`<span class="muted">measured</span>` : line.quality && html`<span class="tag">${line.quality}</span>`}</td>
      <td class="r num">${exception ? '' : share(Math.floor((line.coverage_ms * 1e6) / (end - start)))}</td>
      <td class="muted" title=${line.flags.map(words).join(', ')}>${line.flags.map(words).join(', ')}</td><td class="r num">${count(line.rec_seq)}</td></tr>
    ${open && html`<tr class="evidence"><td colspan="8"><${Evidence} line=${line} hash=${hash} zone=${zone} /></td></tr>`}`;
}

/** @param {any} line */
function kind(line) {
  if (line.kind === 'exception') return html`<b>exception</b> <span class="muted">${words(line.reason ?? '')}</span>`;
  if (line.kind === 'adjustment') return html`correction ${line.revision} <span class="muted">${words(line.reason ?? '')}</span>`;
  return html`<span class="muted">usage</span>`;
}

/** @param {string | null} delta */
const change = (delta) => (delta === null || delta === '0' ? '' : html` <span class="dim">(${signed(delta)})</span>`);

/** @param {{line: any, hash: string, zone: string}} props */
function Evidence({ line, hash, zone }) {
  const { evidence } = line;
  const estimated = [['in', line.octets_in_estimated], ['out', line.octets_out_estimated]].filter(([, value]) => value && value !== '0');
  const pairs = [
    ['Readings', plural(evidence.samples, 'reading')],
    ['First', reading(evidence.first, zone)], ['Last', reading(evidence.last, zone)],
    ['Speed', evidence.speed_bps ? si(evidence.speed_bps, 'b/s') : 'unknown'],
    ['Estimated in time', estimated.map(([side, value]) => `${octets(value)} ${side}`).join(', ')],
    ['Slots', line.slots_quality ? `${[...line.slots_quality].join(' ')} (${line.slot_s} s each; in ${line.slots_in.map((/** @type {any} */ one) => octets(one)).join(', ')})` : ''],
    ['Not believed', evidence.dropped.map((/** @type {any} */ one) => `${words(one.reason)} from ${exactClock(Date.parse(one.from), zone)} to ${exactClock(Date.parse(one.to), zone)}`).join('; ')],
    ['Id', line.id], ['Adjusts', line.adjusts], ['SHA-256', hash], ['Before it', line.prev],
  ];
  return html`<dl class="facts">${pairs.filter(([, value]) => value).map(([name, value]) => html`<dt>${name}</dt><dd class="num">${safe(value)}</dd>`)}</dl>`;
}

/**
 * @param {any} sample
 * @param {string} zone
 */
const reading = (sample, zone) => (sample ? `${exactClock(Date.parse(sample.t), zone)}: in ${octets(sample.in)}, out ${octets(sample.out)}, sysUpTime ${count(sample.uptime_cs)}` : '');
