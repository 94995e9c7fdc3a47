/** What of a feed is not simply measured, the newest first: which interval, why, and what to do. */
import { useEffect, useState } from 'preact/hooks';
import { get, withQuery } from '../lib/api.js';
import { useCell } from '../lib/cell.js';
import { bothZones, day, exactClock, hourMinute, plural, safe, zoneName } from '../lib/format.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { prefs } from '../lib/prefs.js';
import { goQuery } from '../lib/router.js';
import { words } from '../lib/usage.js';
import { Octets } from './usageseries.js';
import { Empty, Failed, Loading } from './states.js';

const FIRST = 20;
const PAGE = 100;
const EVERY_MS = 30_000;
const NOTHING_OLDER = { rows: /** @type {any[]} */ ([]), before: /** @type {string | null} */ (null), failed: /** @type {any} */ (null) };

/** @param {{path: string, on: number, reason: string}} props on: number of the newest record */
export function UsageExceptions({ path, on, reason }) {
  const asked = { limit: FIRST, ...(reason && { reason }) };
  const { data, error, again } = useLoad(withQuery(`${path}/exceptions`, asked), { every: EVERY_MS, on });
  const [older, setOlder] = useState(NOTHING_OLDER);
  useEffect(() => setOlder(NOTHING_OLDER), [on, reason]);
  const rows = [...(data?.exceptions ?? []), ...older.rows];
  const before = older.rows.length ? older.before : data?.before;
  const more = () => get(withQuery(`${path}/exceptions`, { ...asked, limit: PAGE, since: data.since, before }))
    .then((page) => setOlder({ rows: [...older.rows, ...page.exceptions], before: page.before, failed: null }))
    .catch((failed) => setOlder({ ...older, failed }));
  return html`<section class="card wide"><h2>Exceptions <span>${data ? `${plural(rows.length, 'record')}${before ? ' and older ones' : ''} of the last 24 h` : ''}</span>
      ${reason && html`<button type="button" class="link" onClick=${() => goQuery({ reason: null }, { replace: true })}>All reasons, not only ${words(reason)}</button>`}</h2>
    ${!data && error && html`<${Failed} what="The exceptions could not be read." error=${error} retry=${again} />`}
    ${!data && !error && html`<${Loading} rows=${6} />`}
    ${data && !rows.length && html`<${Empty} title="None."><p>${nothing(reason, before)}</p></${Empty}>`}
    ${rows.length > 0 && html`<div class="scrolls" tabindex="0" role="region" aria-label="Exceptions"><table class="exceptions"><thead><tr><th>From, to</th><th>Element</th><th>Interface</th><th>Service</th><th>What</th><th>Quality</th><th>Reason</th><th class="r">Octets in</th><th class="r">Octets out</th><th>What to do</th></tr></thead>
      <tbody>${rows.map((one) => html`<${Row} key=${one.id} one=${one} />`)}</tbody></table></div>`}
    ${older.failed && html`<p class="pad wrong">Older exceptions could not be read: ${older.failed.message}</p>`}
    ${before && html`<p class="more"><button type="button" class="link" onClick=${more}>Show older exceptions</button></p>`}
  </section>`;
}

/** What an empty list says: that all is well only where nothing was left out of it. @param {string} reason @param {string | null} before */
function nothing(reason, before) {
  if (before) return 'None among the newest records; there are older ones to look through.';
  return reason ? `No record of the last 24 h has the reason ${words(reason)}.`
    : 'Every interval of the last 24 h is measured, and every reading was believed.';
}

/** @param {{one: any}} props */
function Row({ one }) {
  const { zone } = useCell(prefs);
  const interval = one.kind === 'interval';
  const refused = one.reasons.some((/** @type {string} */ name) => name.startsWith('nack_'));
  const at = (/** @type {number} */ time) => (interval ? hourMinute(time, zone) : exactClock(time, zone));
  const show = () => goQuery({ series: one.series }, { replace: true });
  const only = (/** @type {string} */ name) => goQuery({ reason: name }, { replace: true });
  return html`<tr><td class="num folds" title=${bothZones(one.start, zone)}>${day(one.start, zone)} ${at(one.start)} to ${at(one.end)} ${zoneName(zone, one.end)}</td>
    <td>${safe(one.element)}</td>
    <td class="mono"><button type="button" class="link" title=${`Records of ${safe(one.series)}`} onClick=${show}>${safe(one.name)}</button></td>
    <td class="muted" title=${safe(one.party)}>${safe(one.service)}</td>
    <td class="folds">${interval ? 'interval' : html`<span class="muted">${refused ? 'refused by billing' : 'readings left out'}</span>`}</td>
    <td>${one.quality ? html`<span class="tag">${one.quality}</span>` : html`<span class="dim">still open</span>`}</td>
    <td class="folds">${one.reasons.map((/** @type {string} */ name) => html`<button type="button" class="link" title="Only these" onClick=${() => only(name)}>${words(name)}</button> `)}</td>
    ${['octets_in', 'octets_out'].map((side) => html`<td class="r num">${interval ? html`<${Octets} text=${one[side]} atLeast=${one.quality === 'partial'} />` : one[side] === null ? '' : html`<span class="muted" title="Counted, but in no sum, for the reason beside"><${Octets} text=${one[side]} atLeast=${false} /></span>`}</td>`)}
    <td class="advice">${safe(one.advice)}</td></tr>`;
}
