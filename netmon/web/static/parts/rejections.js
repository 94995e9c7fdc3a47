/** Which traps were turned away, and why; and the books that say so. */
import { useCell } from '../lib/cell.js';
import { clock, count, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { prefs } from '../lib/prefs.js';

const PATH = '/api/v1/traps/rejected?limit=20';

/** @param {{every: number}} props */
export function Rejections({ every }) {
  const { data } = useLoad(PATH, { every });
  if (!data) return null;
  return html`<section class="card wide"><h2>Traps <span>what became of them since the engine started</span></h2>
    <${Books} books=${data.books} />
    ${data.counts.length || data.last.length ? html`<${Counts} counts=${data.counts} /><${Last} last=${data.last} />`
    : html`<p class="dim pad">No trap was turned away.</p>`}</section>`;
}

/** @type {[string, string][]} */
const PARTS = [['queued', 'taken'], ['duplicates', 'informs repeated'], ['discoveries', 'discoveries'], ['rejected', 'rejected'], ['shed', 'shed by storm limits']];

/** @param {any} props */
function Books({ books }) {
  const told = books.unread ? [...PARTS, ['unread', 'not looked at yet']] : PARTS;
  const parts = told.map(([name, word]) => `${count(books[name])} ${word}`).join(' + ');
  return html`<p class="pad">${count(books.read)} read = ${parts}. ${books.missing
    ? html`<strong>${count(books.missing)} cannot be accounted for: a fault of netmon.</strong>` : 'The books balance.'}
    ${' '}Of those taken ${count(books.waiting)} wait, ${count(books.queue_full)} found the queue full.
    ${books.kernel_drops ? ` The kernel dropped ${count(books.kernel_drops)} before they could be read.` : ''}</p>`;
}

/** @param {any} of */
const where = ({ source, realm }) => (realm === 'default' || realm === '*' ? safe(source) : `${safe(source)} in ${safe(realm)}`);

/** @param {any} props */
function Counts({ counts }) {
  const { zone } = useCell(prefs);
  return html`<table class="rejected"><thead><tr><th>Turned away, of</th><th>Why</th><th class="r">In 24 hours</th><th class="r">Last</th></tr></thead>
    <tbody>${counts.map((/** @type {any} */ one) => html`<tr key=${`${one.realm} ${one.source} ${one.reason}`}><td>${where(one)}</td>
      <td title=${one.reason}>${safe(one.meaning)}</td><td class="r num">${count(one.count)}</td><td class="r num">${clock(one.last, zone)}</td></tr>`)}</tbody></table>`;
}

/** @param {any} props */
function Last({ last }) {
  const { zone } = useCell(prefs);
  return html`<table class="rejected"><thead><tr><th>Time</th><th>The last messages</th></tr></thead>
    <tbody>${last.map((/** @type {any} */ one, /** @type {number} */ place) => html`<tr key=${`${one.at} ${place}`}><td class="num">${clock(one.at, zone)}</td>
      <td title=${`first octets: ${one.head}`}>${safe(one.text)}</td></tr>`)}</tbody></table>`;
}
