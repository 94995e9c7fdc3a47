/** How netmon itself does: its processes, the live feed, the store, the outputs, and warnings. */
import { session } from '../lib/api.js';
import { useCell } from '../lib/cell.js';
import { clock, count, plural, safe, si, zoneName } from '../lib/format.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { prefs } from '../lib/prefs.js';
import { took } from '../parts/elementrow.js';
import { Card } from '../parts/facts.js';
import { Band, Footer, TopBar } from '../parts/frame.js';
import { Notice } from '../parts/notice.js';
import { Rejections } from '../parts/rejections.js';
import { Failed, Loading } from '../parts/states.js';

const EVERY_MS = 5_000;

/** @type {[string[], string][]} */
const HINTS = [[['G', 'A'], 'alarms'], [['G', 'E'], 'elements'], [['?'], 'all keys']];

/** Why a page had to load the list anew. @type {Record<string, string>} */
const RESYNCS = { slow: 'too slow to take events', burst: 'too much at once', 'too-old': 'away for too long', reloaded: 'list read anew' };

/** What the cursor of an output counts, by the beginning of its name. @type {[string, 'change_seq' | 'seq', string][]} */
const CURSORS = [['mqtt', 'change_seq', 'alarm change'], ['parquet', 'seq', 'observation'], ['influxdb', 'seq', 'observation'], ['remote_write', 'seq', 'observation']];

export function SystemPage() {
  const { data, error, again } = useLoad('/api/v1/status', { every: EVERY_MS });
  const who = useCell(session);
  return html`<div class="app"><${TopBar} /><${Band} /><main class="scroll">${data
    ? html`<div class="page"><div class="wide title"><div><p class="crumbs dim">netmon ${safe(data.version)}, node ${safe(who?.node_id ?? data.node_id)}</p><h1>System</h1></div></div>
        <${Warnings} warnings=${data.warnings} />
        <div class="wide three"><${Engine} data=${data} /><${Web} web=${data.web} /><${Card} title="Store" pairs=${store(data.store)} /></div>
        <${Outputs} cursors=${data.cursors} engine=${data.engine} /><${Rejections} every=${EVERY_MS} /></div>`
    : error ? html`<${Failed} what="The state of netmon could not be read." error=${error} retry=${again} />` : html`<div class="page"><${Loading} rows=${10} /></div>`}</main>
    <${Footer} keys=${HINTS} /><${Notice} /></div>`;
}

/** @param {{warnings: string[]}} props */
const Warnings = ({ warnings }) => warnings.length
  ? html`<section class="card wide"><h2>Warnings <span>${count(warnings.length)}</span></h2><ul class="facts">${warnings.map((one) => html`<li>${safe(one)}</li>`)}</ul></section>`
  : null;

/** @param {any} props */
function Engine({ data: { engine, now } }) {
  const { zone } = useCell(prefs);
  if (!engine) return html`<${Card} title="Engine" pairs=${[['State', 'does not answer']]} />`;
  const behind = Math.max(0, now - engine.now);
  return html`<${Card} title="Engine" pairs=${[
    ['State', 'up'],
    ['Its time', `${clock(engine.now, zone)} ${zoneName(zone, engine.now)}${behind > 2_000 ? `, ${took(behind)} behind` : ''}`],
    ['Observations', `${count(engine.seq)} taken, ${engine.waiting ? `${count(engine.waiting)} wait` : 'none waits'}`],
    ['Alarm changes', count(engine.change_seq)],
    ['Rule set', engine.rules.slice(0, 12)],
    ['Traps at', engine.traps.join(', ')],
    ['Metrics at', engine.engine],
    ['Dashboard at', engine.web],
  ]} />`;
}

/** @param {any} props */
function Web({ web: { workers, live, active_alarms: active, seq, memory_bytes: memory } }) {
  const resyncs = Object.entries(live.resyncs).filter(([, times]) => times).map(([why, times]) => `${count(/** @type {number} */ (times))} ${RESYNCS[why] ?? why}`);
  return html`<${Card} title="Web process and live feed" pairs=${[
    ['Processes', plural(workers, 'web process', 'web processes')],
    ['Memory', si(memory, 'B')],
    ['Active alarms', count(active)],
    ['Last change', count(seq)],
    ['Listening', `${plural(live.clients, 'browser')}${live.clients_refused ? `, ${count(live.clients_refused)} refused` : ''}`],
    ['Sent', `${plural(live.events, 'event')}, ${si(live.bytes, 'B') || '0 B'}`],
    ['Lag', `${took(live.lag_ms)} from commit to page, worst ${took(live.worst_lag_ms)}`],
    ['Lists anew', resyncs.join(', ') || 'none'],
  ]} />`;
}

/** @param {any} of */
const store = (of) => [
  ['Database', si(of.database_bytes, 'B')],
  ['Write-ahead log', si(of.wal_bytes, 'B')],
  ['Free on the disk', si(of.free_bytes, 'B')],
];

/** @param {{cursors: Record<string, number>, engine: any}} props */
function Outputs({ cursors, engine }) {
  const rows = Object.entries(cursors).sort();
  return html`<section class="card wide"><h2>Outputs <span>what their peers have taken</span></h2>
    ${rows.length ? html`<table><thead><tr><th>Output</th><th>Counted in</th><th class="r">Delivered up to</th><th class="r">Newest</th><th class="r">Waiting</th></tr></thead>
      <tbody>${rows.map(([name, cursor]) => html`<${Output} key=${name} name=${name} cursor=${cursor} engine=${engine} />`)}</tbody></table>`
    : html`<p class="dim pad">No output keeps a cursor yet.</p>`}</section>`;
}

/** @param {{name: string, cursor: number, engine: any}} props */
function Output({ name, cursor, engine }) {
  const [, member, what] = CURSORS.find(([begins]) => name.startsWith(begins)) ?? ['', '', ''];
  const newest = member && engine ? engine[member] : undefined;
  return html`<tr><td>${safe(name)}</td><td>${what && `${what}s`}</td><td class="r num">${count(cursor)}</td>
    <td class="r num">${count(newest)}</td><td class="r num">${newest === undefined ? '' : count(Math.max(0, newest - cursor))}</td></tr>`;
}
