/** A chart with its title, legend, table and states. */
import { useCallback, useMemo, useState } from 'preact/hooks';
import { withQuery } from '../lib/api.js';
import { connection } from '../lib/alarms.js';
import { useCell } from '../lib/cell.js';
import { bothZones, clock, measure, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { prefs } from '../lib/prefs.js';
import { bandAt, drawingOf, summary, valueAt } from '../lib/series.js';
import { Chart } from './chart.js';
import { Severity } from './glyph.js';
import { Failed, Loading } from './states.js';

const EVERY_MS = 10_000;
const LONG = new Set(['24h', '7d', '30d']);
const MOST_POINTS = 700;

/**
 * @param {{title: any, note?: any, query: Record<string, any>, range: string, bare?: boolean, name?: (series: any) => string,
 *   chosen?: boolean, box?: {current: any}}} props chosen: of what the operator chose, so that it is marked; box: gets its element
 */
export function ChartCard({ title, note, query, range, bare, name, chosen, box }) {
  const [zoomed, setZoomed] = useState(false);
  const [table, setTable] = useState(false);
  const [index, setIndex] = useState(/** @type {number | null} */ (null));
  const { zone } = useCell(prefs);
  const { since, live } = useCell(connection);
  const path = withQuery('/api/v1/query', { ...query, from: `now-${range}`, max_points: MOST_POINTS });
  const { data, error, again } = useLoad(path, { every: zoomed ? 0 : EVERY_MS * (LONG.has(range) ? 6 : 1) });
  const drawing = useMemo(() => data && drawingOf(data, { name }), [data]);
  const onCursor = useCallback(setIndex, []);
  const onZoom = useCallback(setZoomed, []);
  const band = drawing && index !== null ? bandAt(drawing, drawing.x[index] * 1e3) : undefined;
  const empty = drawing && !drawing.lines.some((/** @type {any} */ line) => line.avg.some((/** @type {any} */ value) => typeof value === 'number'));

  const body = () => {
    if (!drawing) return error ? html`<${Failed} what="This chart could not be read." error=${error} retry=${again} />` : html`<div class="chart"><${Loading} rows=${5} /></div>`;
    if (empty) return html`<div class="chart none">No samples in this range.</div>`;
    if (table) return html`<${Table} drawing=${drawing} zone=${zone} />`;
    return html`<${Chart} drawing=${drawing} label=${summary(drawing, String(title), zone)} onCursor=${onCursor} onZoom=${onZoom} />`;
  };
  return html`<section ref=${box} class=${bare ? 'chartcard bare' : chosen ? 'card chartcard chosen' : 'card chartcard'}>
    ${!bare && html`<h2>${title} <span>${note}</span><span class="grow"></span>
      ${!live && html`<span>no data since ${clock(since, zone)}</span>`}${zoomed && html`<span>zoomed, double click to leave</span>`}
      <button type="button" class="link" aria-pressed=${String(table)} onClick=${() => setTable(!table)}>${table ? 'Chart' : 'Table'}</button></h2>`}
    ${body()}
    <div class="legend">${drawing?.lines.map((/** @type {any} */ line, /** @type {number} */ at) => html`<span class="num"><i class=${`key k${at % 8}`}></i>${safe(line.name)} <b>${measure(valueAt(line.avg, index), drawing.unit) || 'no data'}</b></span>`)}
      ${band && html`<span class="at"><${Severity} severity=${band.severity} /> ${safe(band.text)}${band.hidden ? html` <span class="dim">hidden</span>` : ''}</span>`}
      <span class="grow"></span>${drawing && index !== null && html`<span class="num dim">${clock(drawing.x[index] * 1e3, zone)}</span>`}</div>
  </section>`;
}

/** @param {{drawing: import('./chart.js').Drawing, zone: string}} props */
const Table = ({ drawing, zone }) => html`<div class="chart scrolls" tabindex="0"><table>
  <thead><tr><th>Time</th>${drawing.lines.map((line) => html`<th class="r">${safe(line.name)}</th>`)}</tr></thead>
  <tbody>${drawing.x.map((at, index) => ({ at, index })).reverse().slice(0, 200).map(({ at, index }) => html`<tr>
    <td class="num" title=${bothZones(at * 1e3, zone)}>${clock(at * 1e3, zone)}</td>
    ${drawing.lines.map((line) => html`<td class="r num">${line.avg[index] === null ? 'gap' : measure(line.avg[index], drawing.unit)}</td>`)}</tr>`)}</tbody>
</table></div>`;
