/** The metered interfaces of a feed over the last day, those that lack most first. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useCell } from '../lib/cell.js';
import { count, day, hourMinute, plural, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { bind } from '../lib/keys.js';
import { useLoad } from '../lib/load.js';
import { prefs } from '../lib/prefs.js';
import { goQuery } from '../lib/router.js';
import { CELLS, cellsInWords, chosen as matching, doubts, listed, octets, runs, share, spanWords } from '../lib/usage.js';
import { Empty, Failed, Loading } from './states.js';

const EVERY_MS = 10_000;
const FIRST = 50;

/** @param {{path: string, text: string, chosen: string}} props */
export function UsageSeries({ path, text, chosen }) {
  const { data, error, again } = useLoad(`${path}/series`, { every: EVERY_MS });
  const [all, setAll] = useState(false);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => bind({ '/': () => field.current?.focus() }), []);
  const series = data?.day.series ?? [];
  const found = matching(series, text);
  const shown = all ? found : found.slice(0, FIRST);
  const set = (/** @type {string} */ q) => goQuery({ q: q || null }, { replace: true });
  return html`<section class="card wide"><h2>Metered interfaces <span>${data ? (found.length === series.length ? plural(series.length, 'interface') : `${count(found.length)} of ${count(series.length)}`) : ''}</span>
      <span class="meaning" aria-hidden="true">${Object.entries(CELLS).filter(([letter]) => letter !== '.').map(([letter, [name, about]]) => html`<span title=${about}><i class=${`q-${letter}`}></i>${name}</span>`)}</span></h2>
    ${series.length > 0 && html`<div class="narrow-search"><div class="search"><input ref=${field} type="text" value=${text} aria-label="Filter metered interfaces" placeholder="Filter: element, interface, service, party, partial" spellcheck=${false} autocomplete="off" onInput=${(/** @type {any} */ event) => set(event.target.value)} /><kbd>/</kbd></div></div>`}
    ${!data && error && html`<${Failed} what="The metered interfaces could not be read." error=${error} retry=${again} />`}
    ${!data && !error && html`<${Loading} rows=${6} />`}
    ${data && !series.length && html`<${Empty} title="No interval was closed in the last 24 h."><p>The first one is closed some minutes after the next quarter of an hour.</p></${Empty}>`}
    ${series.length > 0 && !found.length && html`<${Empty} title="No interface matches."><p class="offers"><button type="button" class="btn" onClick=${() => set('')}>Remove "${text}"</button></p></${Empty}>`}
    ${shown.length > 0 && html`<div class="scrolls" tabindex="0" role="region" aria-label="Metered interfaces"><table class="metered"><thead><tr><th>Element</th><th>Interface</th><th class="desc">Service, party</th><th class="r">Octets in</th><th class="r">Octets out</th><th class="r">Complete</th><th class="hour">Last ${spanWords(data.day.sums)}</th><th>Gaps and estimates</th></tr></thead>
      <tbody>${shown.map((one) => html`<${Row} key=${one.series} one=${one} day=${data.day} chosen=${one.series === chosen} />`)}</tbody></table></div>`}
    ${found.length > FIRST && html`<p class="more"><button type="button" class="link" onClick=${() => setAll(!all)}>${all ? 'Show fewer' : `Show all ${count(found.length)}`}</button></p>`}
  </section>`;
}

/** @param {{one: any, day: any, chosen: boolean}} props */
function Row({ one, day: { sums: span, cell_ms: step }, chosen }) {
  const choose = () => goQuery({ series: chosen ? null : one.series }, { replace: true });
  const estimated = (/** @type {string} */ text) => (text === '0' ? undefined : `${octets(text)} of these are estimated in time`);
  const lacks = one.coverage_ppm < 1e6;
  return html`<tr class=${chosen ? 'chosen' : ''}><td><a class="plain-link" href=${`/elements/${encodeURIComponent(one.element)}`}>${safe(one.element)}</a></td>
    <td class="mono"><button type="button" class="link" aria-pressed=${String(chosen)} title=${`Records of ${safe(one.series)}`} onClick=${choose}>${safe(one.name)}</button></td>
    <td class="desc muted" title=${safe(one.contract)}>${safe([one.service, one.party].filter(Boolean).join(', '))}</td>
    <td class="r num" title=${estimated(one.octets_in_estimated)}><${Octets} text=${one.octets_in} atLeast=${one.at_least} /></td>
    <td class="r num" title=${estimated(one.octets_out_estimated)}><${Octets} text=${one.octets_out} atLeast=${one.at_least} /></td>
    <td class="r num">${lacks ? html`<b>${share(one.coverage_ppm)}</b>` : share(one.coverage_ppm)}</td>
    <td class="hour"><${Cells} cells=${one.cells} from=${span.since - (span.since % step)} step=${step} /></td>
    <td title=${listed({ ...one.flags, ...one.exceptions })}>${doubts(one.by_quality) || html`<span class="dim">none</span>`}${one.adjusted ? html`<span class="muted">, ${count(one.adjusted)} corrected</span>` : ''}</td></tr>`;
}

/** @param {{text: string | null, atLeast: boolean}} props */
export const Octets = ({ text, atLeast }) => (text === null ? html`<span class="tag">unknown</span>` : octets(text, atLeast));

/** Cells of an interval, alike ones as one: its height and pattern say how far it is proven. @param {{cells: string, from: number, step: number}} props */
function Cells({ cells, from, step }) {
  const { zone } = useCell(prefs);
  const when = (/** @type {number} */ index) => `${day(from + index * step, zone)} ${hourMinute(from + index * step, zone)}`;
  return html`<span class="cells" role="img" aria-label=${cellsInWords(cells)}>${runs(cells).map(({ letter, from: at, many }) => html`<i class=${letter === '.' ? 'q-none' : `q-${letter}`} style=${{ flexGrow: many }} title=${`${when(at)} to ${when(at + many)}: ${CELLS[letter][0]}, ${CELLS[letter][1]}`}></i>`)}</span>`;
}
