/** What happened to an alarm, newest first. */
import { useCell } from '../lib/cell.js';
import { age, bothZones, exactClock, moment, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { prefs } from '../lib/prefs.js';
import { second } from '../lib/time.js';
import { WORD } from '../lib/severity.js';
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
};

/** @param {{story: import('../lib/load.js').Loaded, title: string}} props */
export function Timeline({ story: { data, error, again }, title }) {
  const now = useCell(second);
  const { zone } = useCell(prefs);
  const entries = [...(data ?? [])].sort((one, other) => time(other) - time(one));
  return html`<section class="sec last"><h3>Timeline</h3>
    ${!data && error && html`<${Failed} what="The timeline could not be read." error=${error} retry=${again} />`}
    ${!data && !error && html`<${Loading} rows=${3} />`}
    <ul class="tl">${entries.map((one) => html`<li class=${tone(one)} key=${one.seq ?? `${one.kind}${one.at}${one.because ?? ''}`}>${words(one, title)}
      <span class="dim num" title=${bothZones(time(one), zone)}>${when(time(one), now, zone)}</span></li>`)}</ul>
  </section>`;
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
 * @param {any} one
 * @param {string} title what stands over the page already
 */
function words(one, title) {
  const word = one.kind === 'edge' ? edge(one.because) : (WORDS[one.kind] ?? one.kind);
  const by = one.by ? ` by ${one.by}` : '';
  const severity = one.after?.severity;
  const to = severity && (one.kind === 'raised' || one.kind === 'severity') ? ` ${one.kind === 'raised' ? '' : 'to '}${WORD[severity] ?? severity}` : '';
  const kids = one.after?.children?.length ? `, ${one.after.children.length} children` : '';
  const lasted = one.lasted_ms ? `, lasted ${age(one.lasted_ms)}` : '';
  return html`<div>${safe(`${word}${to}${kids}${by}${lasted}`)}</div>${one.text && one.text !== title && html`<div class="muted said">${safe(one.text)}</div>`}`;
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
