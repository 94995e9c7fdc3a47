/** How netmon itself does: its processes, what came in, its queues, outputs and warnings. */
import { session } from '../lib/api.js';
import { useCell } from '../lib/cell.js';
import { age, count, moment, safe, si } from '../lib/format.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { prefs } from '../lib/prefs.js';
import { second } from '../lib/time.js';
import { Band, Footer, TopBar } from '../parts/frame.js';
import { Notice } from '../parts/notice.js';
import { Failed, Loading } from '../parts/states.js';

const EVERY_MS = 5_000;
const LONG = 40;

/** @type {[string[], string][]} */
const HINTS = [[['G', 'A'], 'alarms'], [['G', 'E'], 'elements'], [['?'], 'all keys']];

/** Words that are not what their name suggests. @type {Record<string, string>} */
const WORDS = { seq: 'Observation', now: 'Engine time', change_seq: 'Alarm change', rules: 'Rule set', wal_bytes: 'Write-ahead log', free_bytes: 'Free on disk', database_bytes: 'Database', memory_bytes: 'Memory' };

export function SystemPage() {
  const { data, error, again } = useLoad('/api/v1/status', { every: EVERY_MS });
  const who = useCell(session);
  return html`<div class="app"><${TopBar} /><${Band} /><main class="scroll">${data
    ? html`<div class="page"><div class="wide title"><div><p class="crumbs dim">netmon ${who?.version}, node ${safe(who?.node_id)}</p><h1>System</h1></div></div>
        <${Warnings} warnings=${data.warnings} />
        <div class="wide three">${Object.entries(data).filter(([, part]) => part && typeof part === 'object' && !Array.isArray(part)).map(([name, part]) => html`<${Card} key=${name} title=${words(name)} rows=${flat(part)} />`)}</div>
        ${Object.entries(data).filter(([name, part]) => Array.isArray(part) && part.length && name !== 'warnings').map(([name, part]) => html`<${Table} key=${name} title=${words(name)} rows=${part} />`)}</div>`
    : error ? html`<${Failed} what="The state of netmon could not be read." error=${error} retry=${again} />` : html`<div class="page"><${Loading} rows=${10} /></div>`}</main>
    <${Footer} keys=${HINTS} /><${Notice} /></div>`;
}

/** @param {{warnings: any[] | undefined}} props */
const Warnings = ({ warnings }) => warnings?.length
  ? html`<section class="card wide"><h3>Warnings <span>${count(warnings.length)}</span></h3><ul class="facts">${warnings.map((one) => html`<li>${safe(one.message ?? one)}</li>`)}</ul></section>`
  : null;

/**
 * Return the values of a part, those of its parts among them.
 * @param {any} part
 * @param {string} [before]
 * @returns {[string, any][]}
 */
function flat(part, before = '') {
  return Object.entries(part).flatMap(([name, value]) => {
    const whole = before ? `${before} ${name}` : name;
    return value && typeof value === 'object' && !Array.isArray(value) ? flat(value, whole) : [/** @type {[string, any]} */ ([whole, value])];
  });
}

/** @param {{title: string, rows: [string, any][]}} props */
const Card = ({ title, rows }) => html`<section class="card"><h3>${title}</h3><dl class="facts wider">
  ${rows.map(([name, value]) => html`<dt>${words(name)}</dt><dd class="num"><${Value} name=${name} value=${value} /></dd>`)}</dl></section>`;

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
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return safe(value.map((one) => (typeof one === 'object' ? JSON.stringify(one) : one)).join(', '));
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return number(value, { name, now, zone });
  const text = safe(value);
  return text.length > LONG ? html`<span class="mono" title=${text}>${text.slice(0, 12)}</span>` : text;
}

/**
 * @param {number} value
 * @param {{name: string, now: number, zone: string}} how
 */
function number(value, { name, now, zone }) {
  if (value > 1e12 && !name.endsWith('bytes')) return moment(value, now, zone);
  if (/bytes$/.test(name)) return si(value, 'B');
  if (/(^|[_ ])ms$/.test(name)) return value < 10_000 ? `${count(value)} ms` : age(value);
  return Number.isInteger(value) ? count(value) : value.toPrecision(3);
}

/** @param {string} name */
const words = (name) => WORDS[name] ?? name.replace(/[_-]/g, ' ').replace(/ ms$/, '').replace(/^./, (first) => first.toUpperCase());
