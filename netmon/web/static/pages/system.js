/** How netmon itself does: what came in and where it went, its queues, outputs and rules. */
import { age, count, moment, safe } from '../lib/format.js';
import { connection } from '../lib/alarms.js';
import { session } from '../lib/api.js';
import { useCell } from '../lib/cell.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { prefs } from '../lib/prefs.js';
import { second } from '../lib/time.js';
import { Band, Footer, TopBar } from '../parts/frame.js';
import { Failed, Loading } from '../parts/states.js';

const EVERY_MS = 5_000;

export function SystemPage() {
  const { data, error, again } = useLoad('/api/v1/status', { every: EVERY_MS });
  const who = useCell(session);
  return html`<div class="app"><${TopBar} /><${Band} /><main class="scroll">${data
    ? html`<div class="page"><div class="wide title"><div><p class="crumbs dim">netmon ${who?.version}, node ${safe(who?.node_id)}</p><h1>System</h1></div></div>
        ${Object.entries(data).map(([name, value]) => html`<${Section} key=${name} name=${name} value=${value} />`)}</div>`
    : error ? html`<${Failed} what="The state of netmon could not be read." error=${error} retry=${again} />` : html`<div class="page"><${Loading} rows=${10} /></div>`}</main>
    <${Footer} keys=${[[['G', 'A'], 'alarms'], [['?'], 'all keys']]} /></div>`;
}

/** @param {{name: string, value: any}} props */
function Section({ name, value }) {
  if (value === null || typeof value !== 'object') return null;
  const rows = Array.isArray(value) ? value : Object.entries(value);
  if (!rows.length) return null;
  if (Array.isArray(value) && typeof value[0] === 'object') return html`<${Table} title=${words(name)} rows=${value} />`;
  return html`<section class="card wide"><h3>${words(name)}</h3><dl class="facts">
    ${(Array.isArray(value) ? [['', value.join(', ')]] : rows).map(([key, one]) => html`<dt>${words(key)}</dt><dd class="num"><${Value} name=${key} value=${one} /></dd>`)}</dl></section>`;
}

/** @param {{title: string, rows: any[]}} props */
function Table({ title, rows }) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return html`<section class="card wide"><h3>${title}</h3><table><thead><tr>${columns.map((one) => html`<th>${words(one)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${columns.map((one) => html`<td class="num"><${Value} name=${one} value=${row[one]} /></td>`)}</tr>`)}</tbody></table></section>`;
}

/** @param {{name: string, value: any}} props */
function Value({ name, value }) {
  const now = useCell(second);
  const { zone } = useCell(prefs);
  useCell(connection);
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number' && value > 1e12) return moment(value, now, zone);
  if (typeof value === 'number' && name.endsWith('_ms')) return value < 10_000 ? `${value} ms` : age(value);
  if (typeof value === 'number') return Number.isInteger(value) ? count(value) : value.toPrecision(3);
  if (typeof value === 'object') return safe(Object.entries(value).map(([key, one]) => `${words(key)} ${typeof one === 'number' ? count(one) : one}`).join(', '));
  return safe(value);
}

/** @param {string} name */
const words = (name) => name.replace(/_/g, ' ').replace(/^./, (first) => first.toUpperCase());
