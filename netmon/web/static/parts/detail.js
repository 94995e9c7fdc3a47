/** Everything known of one alarm: the panel beside the list, and its own page. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { notice } from '../lib/actions.js';
import { feed } from '../lib/alarms.js';
import { useCell } from '../lib/cell.js';
import { age, bothZones, count, moment, plural, safe } from '../lib/format.js';
import { withChildren } from '../lib/family.js';
import { elementName } from '../lib/filter.js';
import { html } from '../lib/html.js';
import { named, useNames } from '../lib/names.js';
import { useLoad } from '../lib/load.js';
import { prefs } from '../lib/prefs.js';
import { second } from '../lib/time.js';
import { PanelActions } from './actionbar.js';
import { Severity } from './glyph.js';
import { Later } from './later.js';
import { AlarmMaintenance } from './maintenance.js';
import { Failed, Loading } from './states.js';
import { hiddenBy, isRoot, Tags } from './tags.js';
import { Threshold } from './threshold.js';
import { Timeline } from './timeline.js';

/**
 * @param {{id: string, row: import('../lib/live.js').Row | undefined, page?: boolean, close?: () => void,
 *   ask: (asked: {action: string, ids: string[]}) => void}} props
 */
export function Detail({ id, row: known, page, close, ask }) {
  const path = `/api/v1/alarms/${encodeURIComponent(id)}`;
  const detail = useLoad(path);
  const story = useLoad(`${path}/timeline`);
  useNewer(known, detail, story);
  useRefusals(id, story);
  const { data, error, again } = detail;
  const row = known ?? (data && rowOf(data));
  if (!row && error) {
    const what = error.status === 404 ? 'There is no such alarm (any more).' : 'This alarm could not be read.';
    return html`<${Failed} what=${what} error=${error} retry=${again} />`;
  }
  if (!row) return html`<${Loading} rows=${8} />`;
  return html`<${Head} row=${row} data=${data} page=${page} close=${close} />
    <${PanelActions} row=${row} ask=${ask} />
    <${AlarmMaintenance} row=${row} />
    <${Impact} row=${row} data=${data} />
    <${Why} row=${row} data=${data} story=${story} />
    <${Course} row=${row} data=${data} />
    <${Fields} row=${row} data=${data} />
    <${Threshold} row=${row} data=${data} />
    <${Information} data=${data} />
    <${Timeline} story=${story} title=${row.text} />`;
}

/**
 * Read an alarm and its story anew when the feed brings a version that was not read.
 * @param {import('../lib/live.js').Row | undefined} known
 * @param {import('../lib/load.js').Loaded} detail
 * @param {import('../lib/load.js').Loaded} story
 */
function useNewer(known, detail, story) {
  const seen = useRef(known?.v);
  const read = detail.data?.version;
  useEffect(() => {
    const before = seen.current;
    // An alarm opened before the feed knew it: what was read may be what the feed brings.
    if (!known || (before === undefined && read === undefined)) return;
    seen.current = known.v;
    if (known.v <= (before ?? read)) return;
    detail.again();
    story.again();
  }, [known?.v, read]);
}

/**
 * Read the story anew when something was refused: that changes nothing of the alarm.
 * @param {string} id
 * @param {import('../lib/load.js').Loaded} story
 */
function useRefusals(id, story) {
  const said = useCell(notice);
  useEffect(() => {
    if (said?.tone === 'bad' && said.rest?.includes(id)) story.again();
  }, [said?.key]);
}

/**
 * Return the row of an alarm that is in no list.
 * @param {any} data
 * @returns {import('../lib/live.js').Row}
 */
function rowOf(data) {
  const { element: el, object: obj, severity: sev, text, count: n, version: v, root_cause: root, children } = data;
  const { closed, owner, rule, parents, hidden_by: hidden, flags, site, names } = data;
  return {
    id: data.alarm_id,
    ...{ el, obj, sev, text, n, v, root, closed, owner, rule, parents, hidden, flags, site, names },
    kids: children?.length,
    ends: obj.startsWith('link:') && data.additional_info?.a ? [data.additional_info.a, data.additional_info.b] : undefined,
    alias: data.additional_info?.ifAlias,
    raised: Date.parse(data.raised),
    cleared: data.cleared ? Date.parse(data.cleared) : undefined,
    ack: data.ack ? data.ack_user || 'acknowledged' : undefined,
    shelved_until: data.shelved_until ? Date.parse(data.shelved_until) : undefined,
  };
}

/** Kinds of names that are told here. */
const HERE = ['site', 'service'];

/** @param {any} props */
function Head({ row, data, page, close }) {
  const now = useCell(second);
  const { zone } = useCell(prefs);
  const severity = row.cleared ? 'cleared' : row.sev;
  const old = row.cleared ? `cleared ${moment(row.cleared, now, zone)}` : `${age(now - row.raised)} old`;
  const names = useNames(HERE);
  const site = data?.site ?? row.site;
  return html`<div class="head">
    <div class="line"><${Severity} severity=${severity} />
      <span class="muted num">alarm <a href=${`/alarms/${row.id}`} title="Its own page">${row.id.slice(0, 8)}</a>, <span title=${bothZones(row.raised, zone)}>${old}</span></span>
      <span class="grow"></span>
      ${close && html`<button type="button" class="iconb x" aria-label="Close the panel (Esc)" onClick=${close}>×</button>`}</div>
    <h2 tabindex="-1">${safe(row.text)}</h2>
    <p class="muted"><${Where} row=${row} />${site && !row.obj.startsWith('site:') ? `, ${safe(named(names, 'site', site))}` : ''}</p>
    ${row.alias && html`<p class="muted">${safe(row.alias)}</p>`}
    <p class="marks"><${Tags} row=${row} shelved=${row.shelved_until ? age(row.shelved_until - now) : ''} /></p>
    ${page ? null : html`<${Marks} row=${row} />`}
  </div>`;
}

/** Roots of managed objects that are no elements. */
const NO_ELEMENT = /^(site:|link:|service:|ext:|netmon$)/;

/**
 * The object of an alarm with a way to its element; of a link both ends.
 * @param {{row: import('../lib/live.js').Row}} props
 */
function Where({ row }) {
  const paths = row.ends ?? [row.obj];
  return paths.map((path, index) => {
    const [root] = path.split('/');
    const name = row.names?.[index] ?? root;
    return html`${index ? html`<br />` : ''}${NO_ELEMENT.test(root) ? safe(root.startsWith('site:') ? `site ${name}` : name) : html`<a href=${`/elements/${encodeURIComponent(root)}`}>${safe(name)}</a>`}${path === root ? '' : html`, <span class="mono">${safe(path)}</span>`}`;
  });
}

/** @param {{row: import('../lib/live.js').Row}} props */
function Marks({ row }) {
  const marks = [];
  if (row.ack) marks.push(`acknowledged by ${row.ack}${withChildren(row.kids ?? 0)}`);
  if (row.owner) marks.push(`owner ${row.owner}`);
  if (row.closed) marks.push('closed');
  if (row.kids && !row.ack) marks.push(`acknowledging it acknowledges ${row.kids === 1 ? 'its child' : `its ${row.kids} children`}`);
  return marks.length ? html`<p class="dim">${safe(marks.join(', '))}</p>` : null;
}

/** @param {any} props */
function Impact({ row, data }) {
  const services = data?.affected_services ?? row.svc ?? [];
  const names = useNames(HERE);
  const affecting = data?.service_affecting;
  if (!services.length && affecting === undefined) return null;
  return html`<section class="sec"><h3>Service impact</h3><dl>
    ${affecting !== undefined && affecting !== null && html`<dt>Affecting</dt><dd>${affecting ? 'yes' : 'no'}</dd>`}
    ${services.length > 0 && html`<dt>Services</dt><dd>${safe(few(services.map((/** @type {string} */ id) => named(names, 'service', id))))}</dd>`}
  </dl></section>`;
}

/** @param {string[]} names */
const few = (names) => (names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', '));

/** @param {any} props */
function Why({ row, data, story }) {
  const [asked, ask] = useState(false);
  const raised = story.data?.find((/** @type {any} */ one) => one.kind === 'raised');
  const matched = raised?.because ?? data?.because;
  const children = data?.children?.length ?? row.kids ?? 0;
  const rule = data?.rule_rev ? `${row.rule}@${data.rule_rev}` : row.rule;
  return html`<section class="sec"><h3>${isRoot(row) ? 'Why it is the root cause' : row.parents?.length ? 'Why it is a child' : 'Why'}</h3><dl>
    ${rule && html`<dt>Rule</dt><dd class="mono">${safe(rule)}</dd>`}
    ${matched && html`<dt>Matched</dt><dd title=${safe(matched)}>${safe(matchedWords(matched, row.rule))}</dd>`}
    ${children > 0 && html`<dt>Children</dt><dd class="num">${plural(children, 'alarm')} folded</dd>`}
    ${row.parents?.length > 0 && html`<dt>Child of</dt><dd>${row.parents.map((/** @type {string} */ id) => html`<${Parent} id=${id} />`)}</dd>`}
    ${row.hidden?.length > 0 && html`<dt>Hidden by</dt><dd>${row.hidden.map((/** @type {string} */ one) => html`<div title=${safe(one)}>${safe(hiddenBy(one, row))}</div>`)}</dd>`}
  </dl>
    <button type="button" class="btn" aria-expanded=${asked} onClick=${() => ask(!asked)}>Why?</button>
    ${asked && html`<${Later} from=${() => import('./explained.js')} name="Explained" id=${row.id} />`}</section>`;
}

/**
 * When it was raised and how often, each with what that says.
 * @param {any} props
 */
function Course({ row, data }) {
  const now = useCell(second);
  const { zone } = useCell(prefs);
  const at = (/** @type {any} */ given) => (typeof given === 'string' ? Date.parse(given) : given);
  const first = at(data?.chain_start) ?? row.raised;
  const times = [
    ['Raised', row.raised, 'this occurrence began'],
    ['First raised', first < row.raised ? first : undefined, 'first of the occurrences that follow each other'],
    ['Changed', Math.max(at(data?.changed) ?? 0, row.changed ?? 0), 'last change of any kind'],
    ['Cleared', row.cleared, row.cleared && `it lasted ${age(row.cleared - row.raised)}`],
  ].filter(([, time]) => time);
  return html`<section class="sec"><h3>When and how often</h3><dl>
    ${times.map(([name, time, words]) => html`<dt>${name}</dt><dd class="num" title=${bothZones(time, zone)}>${moment(time, now, zone)} <span class="dim">${words}</span></dd>`)}
    <dt>Count</dt><dd class="num">${count(row.n ?? 1)} <span class="dim">${row.n > 1 ? `times raised since ${moment(first, now, zone)}` : 'time raised'}</span></dd>
  </dl></section>`;
}

/**
 * Return what raised an alarm: the condition as the rule has it, `link-down raise[0] for: trap linkDown for 3s`.
 * @param {string} because
 * @param {string} rule
 */
function matchedWords(because, rule) {
  const found = /^(\S+) (raise|clear)\[(\d+)\]( for)?(?:: (.*))?$/s.exec(because);
  if (!found) return because;
  const [, by, side, place, held, words] = found;
  const whose = by === rule ? '' : `, of ${by}`;
  return words ? `${words}${whose}` : `${side} condition ${Number(place) + 1}${whose}${held ? ', held for its time' : ''}`;
}

/** @param {{id: string}} props */
function Parent({ id }) {
  const row = feed.rows.get(id);
  return html`<div><a href=${`/alarms/${id}`}>${row ? `${safe(elementName(row))}: ${safe(row.text)}` : id.slice(0, 8)}</a></div>`;
}

/** @param {any} props */
function Fields({ row, data }) {
  const fields = [
    ['Alarm type', data?.type ?? row.type],
    ['Event type', data?.event_type ?? row.event],
    ['Probable cause', data?.probable_cause ?? row.cause],
    ['Qualifier', data?.qualifier],
    ['Specific problem', data?.specific_problem],
    ['Object type', data?.object_type],
    ['First severity', data?.original_severity !== data?.severity ? data?.original_severity : undefined],
    ['Clear reason', data?.clear_reason],
    ['Repair', data?.repair],
  ].filter(([, value]) => value);
  return html`<section class="sec"><h3>X.733</h3><dl>
    ${fields.map(([name, value]) => html`<dt>${name}</dt><dd>${safe(value)}</dd>`)}
  </dl></section>`;
}

/** @param {any} props */
function Information({ data }) {
  const pairs = Object.entries(data?.additional_info ?? {});
  if (!pairs.length) return null;
  return html`<section class="sec"><h3>Additional information</h3><dl class="info">
    ${pairs.map(([name, value]) => html`<dt class="mono">${safe(name)}</dt><dd class="mono">${safe(/** @type {any} */ (value))}</dd>`)}
  </dl></section>`;
}
