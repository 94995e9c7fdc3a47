/** Usage feeds: how complete they are, what each metered interface says, which files were published. */
import { useState } from 'preact/hooks';
import { useCell } from '../lib/cell.js';
import { connection } from '../lib/alarms.js';
import { age, count, hourMinute, plural, safe, zoneName } from '../lib/format.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { prefs } from '../lib/prefs.js';
import { goQuery, place } from '../lib/router.js';
import { second } from '../lib/time.js';
import { doubts, holes, listed, provedWords, share, spanWords, words } from '../lib/usage.js';
import { Band, Footer, TopBar } from '../parts/frame.js';
import { Severity } from '../parts/glyph.js';
import { Menu } from '../parts/layer.js';
import { Notice } from '../parts/notice.js';
import { Empty, Failed, Loading } from '../parts/states.js';
import { Strange } from '../parts/strange.js';
import { UsageExceptions } from '../parts/usageexceptions.js';
import { UsageFiles } from '../parts/usagefiles.js';
import { UsageRecords } from '../parts/usagerecords.js';
import { UsageSeries } from '../parts/usageseries.js';

const EVERY_MS = 10_000;
/** What an address may say of this page. */
const KNOWN = { feed: null, series: null, q: null, reason: null };

/** @type {[string[], string][]} */
const HINTS = [[['/'], 'filter'], [['G', 'A'], 'alarms'], [['G', 'E'], 'elements'], [['?'], 'all keys']];

export function UsagePage() {
  const { query } = useCell(place);
  const { data, error, again } = useLoad('/api/v1/usage/feeds', { every: EVERY_MS });
  const feeds = data?.feeds ?? [];
  const wanted = query.get('feed') ?? '';
  const feed = feeds.find((/** @type {any} */ one) => one.feed === wanted) ?? (wanted ? null : feeds[0]);
  const body = feed ? html`<${FeedPage} key=${feed.feed} feed=${feed} feeds=${feeds} series=${query.get('series') ?? ''} reason=${query.get('reason') ?? ''} text=${query.get('q') ?? ''} />`
    : data ? html`<${NoFeed} wanted=${wanted} feeds=${feeds} />`
    : error ? html`<${Failed} what="The usage feeds could not be read." error=${error} retry=${again} />` : html`<div class="page"><${Loading} rows=${10} /></div>`;
  return html`<div class="app"><${TopBar} /><${Band} /><${Strange} known=${KNOWN} /><main class="scroll">${body}</main><${Footer} keys=${HINTS} /><${Notice} /></div>`;
}

/** @param {{wanted: string, feeds: any[]}} props */
function NoFeed({ wanted, feeds }) {
  if (feeds.length) {
    return html`<${Empty} title=${`There is no feed "${safe(wanted)}".`}><p class="offers">${feeds.map((one) => html`<a class="btn" href=${`/usage?feed=${encodeURIComponent(one.feed)}`}>${safe(one.feed)}</a>`)}</p></${Empty}>`;
  }
  return html`<h1 class="unseen">Usage</h1><${Empty} title="No usage yet.">
    <p>A record is written for each metered interface at the end of each interval, a file when all records of a quarter of an hour are in.</p>
    <p>What is metered stands in a usage rule: <code>metering: [{id: ports, services: ["svc-*"], feed: main}]</code></p>
    <p><code>netmon check</code> says what is wrong with it.</p></${Empty}>`;
}

/** @param {{feed: any, feeds: any[], series: string, reason: string, text: string}} props */
function FeedPage({ feed, feeds, series, reason, text }) {
  const [asked, ask] = useState(0);
  const path = `/api/v1/usage/feeds/${encodeURIComponent(feed.feed)}`;
  const proof = useLoad(asked ? `${path}/proof` : '', { on: asked });
  const choose = (/** @type {string} */ name) => goQuery({ feed: name, series: null, q: null, reason: null });
  return html`<div class="page usage">
    <div class="wide title"><div><p class="crumbs dim">Usage, octets as the elements count them</p><h1>Feed ${safe(feed.feed)}</h1></div><span class="grow"></span>
      ${feeds.length > 1 && html`<${Menu} right label=${`Feed ${safe(feed.feed)}`} items=${feeds.map((one) => ({ label: safe(one.feed), checked: one.feed === feed.feed, does: () => choose(one.feed) }))} />`}
      <button type="button" class="btn" onClick=${() => ask(asked + 1)}>Verify files</button></div>
    ${feed.after_holes.length > 0 && html`<section class="card wide pad holes" role="alert"><${Severity} severity="critical" /> A file is missing from the sequence: ${holes(feed)}.</section>`}
    ${asked > 0 && html`<${Proof} loaded=${proof} />`}
    <${Figures} feed=${feed} />
    <${UsageSeries} path=${path} text=${text} chosen=${series} />
    ${series && html`<${UsageRecords} key=${series} path=${path} series=${series} since=${feed.day.since} />`}
    <${UsageExceptions} path=${path} on=${feed.last_rec_seq} reason=${reason} />
    <${UsageFiles} path=${path} on=${feed.last_file_seq} />
    <${Follow} feed=${feed} />
  </div>`;
}

/** @param {{feed: any}} props */
function Figures({ feed }) {
  const now = useCell(second);
  const { zone } = useCell(prefs);
  const { since, live } = useCell(connection);
  const at = live ? now : since;
  const { day } = feed;
  const span = spanWords(day);
  const { newest_end: newest, by_kind: by = {}, interval_ms: step } = day;
  const closed = newest ? `newest ended ${hourMinute(newest, zone)} ${zoneName(zone, newest)}` : 'no interval is closed yet';
  const figures = [
    [`Complete, last ${span}`, share(day.coverage_ppm), doubts(day.by_quality) || (newest ? 'all measured' : ''), listed(day.missing)],
    ['Lag', newest ? age(at - newest) : '', closed, step ? `intervals of ${age(step)}` : ''],
    ['Records', count(feed.last_rec_seq), `${count(day.records)} in ${span}, ${plural(day.metered, 'interface')}`],
    ['Newest file', feed.last_file_seq ? count(feed.last_file_seq) : '', feed.last_published ? `published ${age(at - feed.last_published)} ago` : feed.files ? 'being written' : 'none yet'],
    ['With billing', feed.acknowledged ? `to ${count(feed.acknowledged)}` : 'none', feed.waiting ? `${plural(feed.waiting, 'file')} unacknowledged, ${age(at - feed.waiting_since)}` : feed.files ? 'all acknowledged' : 'no file yet', 'files that billing has acknowledged, and how long others wait for it'],
    [`Corrected, ${span}`, count(day.adjusted), day.late ? `${count(day.late)} by late samples` : 'after their interval was closed'],
    [`Exceptions, ${span}`, count(by.exception ?? 0), 'readings left out, records refused'],
  ];
  return html`<div class="card kpi wide">${figures.map(([name, value, note, more]) => html`<div title=${more || undefined}><div class="l">${name}</div>
    <div class="v num">${value || html`<span class="dim none">not known</span>`} <small>${note}</small></div></div>`)}</div>`;
}

/** @param {{loaded: import('../lib/load.js').Loaded}} props */
function Proof({ loaded: { data, error, again } }) {
  if (error) return html`<section class="card wide"><${Failed} what="The files could not be verified." error=${error} retry=${again} /></section>`;
  if (!data) return html`<section class="card wide" aria-busy="true"><h2>Verifying ...</h2><${Loading} rows=${2} /></section>`;
  return html`<section class="card wide" role="status"><h2>${data.ok ? (data.files ? 'Verified: whole and unchanged' : 'Nothing to verify') : html`<${Severity} severity="critical" /> ${plural(data.findings.length + data.more, 'finding')}`} <span>${provedWords(data)}</span></h2>
    ${data.ok ? html`<p class="pad dim">Numbers of files and records, hashes of records and files, ids, sums and manifests agree (R1 to R4, R10).</p>`
    : html`<table><thead><tr><th>Check</th><th>File</th><th class="r">Line</th><th>What is wrong</th></tr></thead>
      <tbody>${data.findings.map((/** @type {any} */ one) => html`<tr><td>${one.check}</td><td class="mono">${safe(one.file)}</td><td class="r num">${one.line || ''}</td><td class="said" title=${safe(one.text)}>${safe(one.text)}</td></tr>`)}</tbody></table>`}
  </section>`;
}

/** How a program follows the feed. @param {{feed: any}} props */
function Follow({ feed }) {
  const name = encodeURIComponent(feed.feed);
  const cursor = `/tmf-api/resourceUsageManagement/v5/resourceUsage?usageCharacteristic.feed=${name}&recSeq.gt=${Math.max(0, feed.first_rec_seq - 1)}`;
  return html`<section class="card wide"><h2>Follow this feed <span>for programs: nothing is lost or doubled</span></h2><dl class="facts">
    <dt>recSeq</dt><dd class="num">${feed.last_rec_seq ? `${count(feed.first_rec_seq)} to ${count(feed.last_rec_seq)}` : 'none yet'}${feed.unfiled ? html`<span class="dim">, ${count(feed.unfiled)} in no file yet</span>` : ''}</dd>
    <dt>Chain head</dt><dd class="mono">${feed.chain_head || words('none_yet')}</dd>
    <dt>Cursor</dt><dd class="mono"><a href=${cursor} data-load target="_blank" rel="noopener">${cursor}</a></dd>
  </dl></section>`;
}
