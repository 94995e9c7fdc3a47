/** What happened to an alarm, newest first; what repeats is one line that opens. */
import { useState } from 'preact/hooks';
import { useCell } from '../lib/cell.js';
import { age, bothZones, count, exactClock, moment, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { prefs } from '../lib/prefs.js';
import { second } from '../lib/time.js';
import { WORD } from '../lib/severity.js';
import { folded } from '../lib/story.js';
import { Failed, Loading } from './states.js';

/** @type {Record<string, string>} */
const WORDS = {
  raised: 'Raised',
  updated: 'Updated',
  severity: 'Severity changed',
  cleared: 'Cleared',
  hidden: 'Hidden',
  shown: 'Shown again',
  stale: 'Stale: the element is unreachable',
  fresh: 'Fresh again',
  acknowledged: 'Acknowledged',
  unacknowledged: 'Acknowledgment taken back',
  assigned: 'Assigned',
  closed: 'Closed',
  shelved: 'Shelved',
  unshelved: 'Unshelved',
  commented: 'Comment',
  parent_set: 'Attached as a child',
  parent_unset: 'Child no more',
  flapping: 'Flapping',
  steady: 'Steady again',
  action: 'Handed to an output',
  refused: 'Refused',
  unread: 'The story breaks off',
  occurrence: 'Earlier occurrence',
  edge: 'Came and went, not told: it is flapping',
};

/** @param {{story: import('../lib/load.js').Loaded, title: string}} props */
export function Timeline({ story: { data, error, again }, title }) {
  const now = useCell(second);
  const { zone } = useCell(prefs);
  const entries = folded([...(data ?? [])].sort((one, other) => time(other) - time(one)));
  const how = { title, now, zone };
  return html`<section class="sec last"><h3>Timeline</h3>
    ${!data && error && html`<${Failed} what="The timeline could not be read." error=${error} retry=${again} />`}
    ${!data && !error && html`<${Loading} rows=${3} />`}
    <ul class="tl">${entries.map((one) => ('repeats' in one ? html`<${Repeats} key=${`repeats ${key(one.repeats[one.repeats.length - 1])}`} all=${one.repeats} ...${how} />` : html`<${One} key=${key(one)} one=${one} ...${how} />`))}</ul>
  </section>`;
}

/** @param {any} one */
const key = (one) => one.seq ?? `${one.kind}${one.at}${one.id ?? one.because ?? ''}`;

/** @param {{one: any, title: string, now: number, zone: string}} props */
const One = ({ one, title, now, zone }) => html`<li class=${tone(one)}>${words(one, title)}
  <span class="dim num" title=${bothZones(time(one), zone)}>${when(time(one), now, zone)}</span></li>`;

/**
 * Neighbors that repeat each other: how often each came, from when to when; open, each by itself.
 * @param {{all: any[], title: string, now: number, zone: string}} props
 */
function Repeats({ all, title, now, zone }) {
  const [open, setOpen] = useState(false);
  /** @type {Map<string, number>} */
  const often = new Map();
  for (const { kind } of all) often.set(kind, (often.get(kind) ?? 0) + 1);
  const [from, to] = [time(all[all.length - 1]), time(all[0])];
  return html`<li class="repeats"><details onToggle=${(/** @type {any} */ event) => setOpen(event.currentTarget.open)}><summary>
      <div>${[...often].map(([kind, number], at) => html`${at ? ', ' : ''}${WORDS[kind] ?? safe(kind)} <b class="num">× ${count(number)}</b>`)}</div>
      <span class="dim num" title=${`${bothZones(from, zone)}\nto\n${bothZones(to, zone)}`}>${when(from, now, zone)} to ${when(to, now, zone)}</span></summary>
    ${open && html`<ul>${all.map((one) => html`<${One} key=${key(one)} one=${one} title=${title} now=${now} zone=${zone} />`)}</ul>`}</details></li>`;
}

/** @param {any} one */
const time = (one) => (typeof one.at === 'string' ? Date.parse(one.at) : one.at);

/**
 * @param {number} at
 * @param {number} now
 * @param {string} zone
 */
const when = (at, now, zone) => (now - at < 864e5 ? exactClock(at, zone) : moment(at, now, zone));

/**
 * Return what happened, in one line that is alike for all that is alike.
 * @param {any} one
 */
function headline(one) {
  const word = one.kind === 'edge' ? edge(one.because) : (WORDS[one.kind] ?? one.kind);
  const severity = one.after?.severity;
  const to = severity && (one.kind === 'raised' || one.kind === 'severity') ? ` ${one.kind === 'raised' ? '' : 'to '}${WORD[severity] ?? severity}` : '';
  const by = one.by ? ` by ${one.by}` : '';
  return `${word}${to}${by}`;
}

/**
 * @param {any} one
 * @param {string} title what stands over the page already
 */
function words(one, title) {
  const kids = one.after?.children?.length ? `, ${one.after.children.length} children` : '';
  const lasted = one.lasted_ms ? `, lasted ${age(one.lasted_ms)}` : '';
  return html`<div>${safe(`${headline(one)}${kids}${lasted}`)}</div>${one.text && one.text !== title && html`<div class="muted said">${safe(one.text)}</div>`}`;
}

/**
 * Return what the condition of a damped alarm did; the alarm itself stays as it is.
 * @param {string | undefined} because
 */
const edge = (because) => (/ clear\[/.test(because ?? '') ? 'Gone for a while, not told: it is flapping' : 'There again, not told: it is flapping');

/** @param {any} one */
function tone(one) {
  if (one.kind === 'cleared' || one.kind === 'occurrence') return 'cleared';
  return (one.kind === 'raised' || one.kind === 'severity') && one.after?.severity ? one.after.severity : '';
}
