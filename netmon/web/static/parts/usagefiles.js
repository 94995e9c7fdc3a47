/** The files of a feed, the newest first, with how they lie in the folder. */
import { useEffect, useState } from 'preact/hooks';
import { get, withQuery } from '../lib/api.js';
import { useCell } from '../lib/cell.js';
import { bothZones, clock, count, day, hourMinute, plural, safe, si, zoneName } from '../lib/format.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { prefs } from '../lib/prefs.js';
import { closedBy, doubts } from '../lib/usage.js';
import { Severity } from './glyph.js';
import { Octets } from './usageseries.js';
import { Empty, Failed, Loading } from './states.js';

const FIRST = 20;
const PAGE = 100;
const EVERY_MS = 30_000;

/** @param {{path: string, on: number}} props on: number of the newest file */
export function UsageFiles({ path, on }) {
  const { data, error, again } = useLoad(withQuery(`${path}/files`, { limit: FIRST }), { every: EVERY_MS, on });
  const [older, setOlder] = useState(/** @type {{files: any[], before: number | null, failed: any}} */ ({ files: [], before: null, failed: null }));
  useEffect(() => setOlder({ files: [], before: null, failed: null }), [on]);
  const files = [...(data?.files ?? []), ...older.files];
  const before = older.files.length ? older.before : data?.before;
  const more = () => get(withQuery(`${path}/files`, { limit: PAGE, before }))
    .then((page) => setOlder({ files: [...older.files, ...page.files], before: page.before, failed: null }))
    .catch((failed) => setOlder({ ...older, failed }));
  return html`<section class="card wide"><h2>Files <span>${data ? safe(data.folder) : ''}</span></h2>
    ${!data && error && html`<${Failed} what="The files could not be read." error=${error} retry=${again} />`}
    ${!data && !error && html`<${Loading} rows=${6} />`}
    ${data && !files.length && html`<${Empty} title="No file yet."><p>One is published for each quarter of an hour, when the records of all that ended by then are in, even when there is none.</p></${Empty}>`}
    ${files.length > 0 && html`<div class="scrolls" tabindex="0" role="region" aria-label="Files"><table class="files"><thead><tr><th class="r">File</th><th title="It has the records of the intervals that ended after the first time, up to the second one">From, to</th><th class="r">Records</th><th class="r">recSeq</th><th class="r">Octets in</th><th class="r">Octets out</th><th>Gaps and estimates</th><th>Closed by</th><th>SHA-256</th><th>State</th></tr></thead>
      <tbody>${files.map((one) => html`<${Row} key=${one.file_seq} one=${one} />`)}</tbody></table></div>`}
    ${older.failed && html`<p class="pad wrong">Older files could not be read: ${older.failed.message}</p>`}
    ${before && html`<p class="more"><button type="button" class="link" onClick=${more}>Show older files</button></p>`}
  </section>`;
}

/** @param {{one: any}} props */
function Row({ one }) {
  const { zone } = useCell(prefs);
  const usage = one.by_kind.usage ?? 0;
  const others = [['adjustment', 'correction'], ['exception', 'exception']].filter(([name]) => one.by_kind[name]).map(([name, word]) => plural(one.by_kind[name], word));
  return html`<tr><td class="r num" title=${safe(one.name)}>${count(one.file_seq)}</td>
    <td class="num" title=${bothZones(one.closed, zone)}>${day(one.opened, zone)} ${hourMinute(one.opened, zone)} to ${hourMinute(one.closed, zone)} ${zoneName(zone, one.closed)}</td>
    <td class="r num" title=${others.join(', ')}>${count(one.records)}</td>
    <td class="r num">${one.first_rec_seq === null ? html`<span class="dim">none</span>` : `${count(one.first_rec_seq)} to ${count(one.last_rec_seq)}`}</td>
    ${['octets_in', 'octets_out'].map((side) => html`<td class="r num">${one.state === 'open' ? '' : usage ? html`<${Octets} text=${one[side]} atLeast=${one.at_least} />` : html`<span class="dim">no usage</span>`}</td>`)}
    <td>${usage ? doubts(one.by_quality) || html`<span class="dim">none</span>` : ''}</td>
    <td class="muted">${closedBy(one.closure_reason)}</td>
    <td class="mono" title=${one.sha256}>${one.sha256.slice(0, 12)}</td>
    <td>${stateOf(one, zone)}</td></tr>`;
}

/**
 * @param {any} one
 * @param {string} zone
 */
function stateOf(one, zone) {
  if (one.hole) return html`<${Severity} severity="critical" /> ${safe(one.hole)}`;
  if (one.state === 'open') return html`<b>being written</b>`;
  if (one.folder === 'archived' || one.folder === 'deleted') return html`<span title="billing has it">acknowledged ${clock(one.acknowledged, zone)}</span>`;
  if (one.folder !== 'whole') return html`<${Severity} severity="critical" /> ${one.folder} in the folder`;
  return html`<span title=${one.bytes ? si(one.bytes, 'B') : undefined}>published ${clock(one.published, zone)}</span>`;
}
