/** The alarms page: counters, filter, list, bulk bar, panel. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { beyond, connection, edition, feed, listError, retry } from '../lib/alarms.js';
import { session, withQuery } from '../lib/api.js';
import { useCell } from '../lib/cell.js';
import { moreOf, shownColumns } from '../lib/columns.js';
import { count, plural, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { parse } from '../lib/filter.js';
import { useLoad } from '../lib/load.js';
import { SORTABLE } from '../lib/list.js';
import { ListModel } from '../lib/model.js';
import { usePages } from '../lib/pages.js';
import { prefer, prefs } from '../lib/prefs.js';
import { go, goQuery, place } from '../lib/router.js';
import { tone } from '../lib/sound.js';
import { oneOf, upAndDown } from '../lib/strange.js';
import { builtIn, DEFAULT, HIDDEN, viewOf, WITH_SHELVED } from '../lib/views.js';
import { AlarmList } from '../parts/alarmlist.js';
import { Counters } from '../parts/counters.js';
import { FilterBar, GROUPINGS } from '../parts/filterbar.js';
import { Band, Footer, TopBar } from '../parts/frame.js';
import { Later } from '../parts/later.js';
import { Dialog, layers } from '../parts/layer.js';
import { announce } from '../parts/announce.js';
import { Notice } from '../parts/notice.js';
import { Failed, Loading } from '../parts/states.js';
import { Strange } from '../parts/strange.js';
import { useAlarmKeys } from '../parts/alarmkeys.js';

/** @type {[string[], string][]} */
const HINTS = [[['J', 'K'], 'move'], [['X'], 'select'], [['→'], 'unfold'], [['A'], 'ack'], [['?'], 'all keys']];

const SCOPES = ['active', 'history', 'all'];
const ORDERS = upAndDown(SORTABLE);
/** What an address may say of this page. */
const KNOWN = { q: null, open: null, scope: SCOPES, sort: ORDERS, group: Object.keys(GROUPINGS) };

/** Alarms of the history that are read at once. */
const PAGE = 500;

const viewDialog = () => import('../parts/viewdialog.js');
const detail = () => import('../parts/detail.js');
/** When the list stands, the panel is fetched: an alarm can then be opened while the server is away. */
const AHEAD_MS = 1_000;

/** Return what the address says of the list. */
function useQuery() {
  const { query } = useCell(place);
  const scope = oneOf(query.get('scope'), SCOPES, 'active');
  return {
    text: query.get('q') ?? (scope === 'active' ? DEFAULT : ''),
    sort: oneOf(query.get('sort'), ORDERS, '-severity'),
    grouping: oneOf(query.get('group'), Object.keys(GROUPINGS), scope === 'active' ? 'root' : 'none'),
    scope,
    open: query.get('open') ?? '',
  };
}

export function AlarmsPage() {
  const { text, sort, grouping, scope, open } = useQuery();
  const model = useMemo(() => new ListModel(), []);
  const scroller = useRef(/** @type {HTMLElement | null} */ (null));
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [asked, ask] = useState(/** @type {{action: string, ids: string[]} | null} */ (null));
  const [saving, setSaving] = useState(false);
  const busy = useCell(layers) > 0;
  useEffect(() => {
    const ahead = setTimeout(() => detail().catch(() => undefined), AHEAD_MS);
    return () => clearTimeout(ahead);
  }, []);
  const history = usePages(scope === 'active' ? '' : withQuery('/api/v1/alarms', { scope, q: text || undefined, limit: PAGE }));
  const own = useLoad('/api/v1/views');

  const filter = useMemo(() => parse(text), [text]);

  useEffect(() => model.start(), [model]);
  useEffect(() => {
    if (!filter.error) model.plan({ filter: scope === 'active' ? filter : parse(''), sort: sort.replace('-', ''), down: sort.startsWith('-'), grouping });
  }, [text, sort, grouping, scope]);
  useEffect(() => model.plan({ rows: scope === 'active' ? null : history.rows }), [scope, history.rows]);
  useEffect(() => model.hold('layer', busy), [busy]);
  useSearchBeyond(text);
  useEffect(() => {
    model.onNew = (rows) => {
      if (rows.some((row) => row.sev === 'critical' && !row.ack)) tone();
      announce(rows);
    };
  }, [model]);
  useEffect(() => {
    if (open) model.focus(open);
  }, [open]);

  const set = (/** @type {string} */ q) => goQuery({ q: q === DEFAULT && scope === 'active' ? null : q });
  const openPanel = (/** @type {string} */ id) => goQuery({ open: id || null }, { replace: Boolean(open && id) });
  const on = (/** @type {string} */ what, /** @type {string} */ id, /** @type {any} */ event) => {
    event.stopPropagation();
    const before = model.shown.value.current;
    model.focus(id);
    scroller.current?.focus({ preventScroll: true });
    if (what === 'fold') return model.unfold(id, !model.unfolded.has(id));
    if (event.shiftKey) return model.selectRange(before, id);
    if (what === 'toggle' || event.ctrlKey || event.metaKey) return model.toggle(id);
    return openPanel(id);
  };
  useAlarmKeys({ model, scroller, field, ask, open, openPanel });

  const views = [...builtIn(session.value?.operator ?? ''), ...(own.data?.views ?? [])];
  const view = viewOf(views, { text, scope, sort, grouping });
  const choose = (/** @type {import('../lib/views.js').View} */ one) => {
    model.select([]);
    const columns = moreOf(one.columns);
    if (columns) prefer({ columns });
    goQuery({ q: one.filter === DEFAULT || !one.filter ? null : one.filter, scope: one.scope || null, sort: one.sort || null, group: one.grouping || null });
  };
  const keep = [
    { label: 'Save this view ...', does: () => setSaving(true) },
    ...(view?.operator === session.value?.operator && view ? [{ label: `Remove "${safe(view.name)}"`, does: () => void viewDialog().then((dialog) => dialog.removeView(view.name, own.again)) }] : []),
  ];
  const severities = filter.terms.filter((term) => term.key === 'severity' && !term.not).flatMap((term) => term.values);
  const csv = withQuery('/api/v1/alarms', { format: 'csv', q: text || undefined, scope: scope === 'active' ? undefined : scope });
  return html`<div class="app alarms"><${TopBar} /><${Band} /><${Strange} known=${KNOWN} />
    <section class="tools" aria-label="Counters and filter"><h1 class="unseen">Alarms</h1><${Counters} model=${model} own=${scope === 'active' && text !== DEFAULT} chosen=${severities} choose=${(/** @type {string} */ one) => set(toggled(filter, one, severities))} />
      <${FilterBar} text=${text} filter=${filter} set=${set} view=${view?.name ?? 'Own filter'} views=${views} choose=${choose} keep=${keep} grouping=${grouping}
        group=${(/** @type {string} */ name) => goQuery({ group: name === 'root' ? null : name })} csv=${csv} counted=${html`<${Counted} model=${model} scope=${scope} history=${history} filter=${filter} />`} focusRef=${field} /></section>
    <main class=${open ? 'main with-side' : 'main'}>
      <div class="list"><${List} model=${model} sort=${sort} on=${on} scroller=${scroller} text=${text} filter=${filter} set=${set} scope=${scope} history=${history} />
        <${Bulk} model=${model} ask=${ask} /></div>
      ${open && html`<aside class="side" aria-label="Alarm"><${Panel} id=${open} ask=${ask} close=${() => openPanel('')} /></aside>`}
    </main>
    <${Footer} keys=${HINTS} /><${Notice} select=${(/** @type {string[]} */ ids) => model.select(ids)} />
    ${saving && html`<${Later} from=${viewDialog} name="SaveView" meanwhile=${html`<${Dialog} title="Save this view" close=${() => setSaving(false)} />`} view=${{ filter: text, sort, grouping, scope, columns: shownColumns(prefs.value.columns) }} close=${() => setSaving(false)} done=${own.again} />`}
    ${asked && html`<${Later} from=${() => import('../parts/actiondialog.js')} name="ActionDialog" ...${asked} close=${() => ask(null)} />`}
  </div>`;
}

/** @param {any} props */
function List({ model, sort, on, scroller, text, filter, set, scope, history }) {
  const { entries, active } = useCell(model.shown);
  const failed = useCell(listError);
  const pageError = scope === 'active' ? failed : history.error;
  // What is known may be newer than what the list has looked at: until then nothing may be said of it.
  const behind = !active && !entries.length && [...feed.rows.values()].some((row) => row.cleared === undefined);
  const ready = scope === 'active' ? feed.seq >= 0 && !behind : history.ready;
  if (!ready && pageError) return html`<${Failed} what="The alarms could not be read." error=${pageError} retry=${scope === 'active' ? retry : history.again} />`;
  if (!ready) return html`<${Loading} rows=${20} class="rows-like" cancel=${() => go('/elements')} />`;
  const onSort = (/** @type {string} */ name) => {
    scroller.current?.focus({ preventScroll: true });
    goQuery({ sort: sort === `-${name}` ? name : `-${name}` });
  };
  return html`<${AlarmList} model=${model} sort=${sort} onSort=${scope === 'active' ? onSort : null} on=${on} label="Alarms" scroller=${scroller}
      more=${scope === 'active' || (history.rows.length && !entries.length) ? null : history.more} />
    ${!entries.length && html`<${Later} from=${() => import('../parts/nothing.js')} name="Nothing" text=${text} filter=${filter} set=${set} scope=${scope} />`}`;
}

/**
 * How many there are: those in the list, and those left out of it because they are shelved or hidden; a click shows these.
 * @param {any} props
 */
function Counted({ model, scope, history, filter }) {
  const { matching, cleared, active, shelved, hidden } = useCell(model.shown);
  if (scope !== 'active') return history.ready ? `${plural(history.rows.length, 'alarm')}${history.more ? ', more below' : ''}` : '';
  const show = (/** @type {string} */ states, /** @type {any} */ more) => () => goQuery({ q: [...beside(filter), ...states.split(' ')].join(' '), ...more });
  return html`<span title="Those that match the filter; all that are active, hidden, shelved and closed ones too">Listed ${count(matching)} of ${count(beyond()?.total ?? active)} active${cleared ? `, ${count(cleared)} cleared` : ''}</span>
    ${shelved > 0 && html`<button type="button" class="link num" title="Show them in their places" onClick=${show(WITH_SHELVED, {})}>${count(shelved)} shelved</button>`}
    ${hidden > 0 && html`<button type="button" class="link num" title="Show them, each with what hides it" onClick=${show(HIDDEN, { group: 'none' })}>${count(hidden)} hidden</button>`}`;
}

/**
 * Return the terms of a filter that say nothing of states.
 * @param {import('../lib/filter.js').Filter} filter
 */
const beside = (filter) => filter.terms.filter((term) => term.key !== 'state').map((term) => term.text);

/** @param {any} props */
function Bulk({ model, ask }) {
  const { selected } = useCell(model.shown);
  return selected.size > 0 && html`<${Later} from=${() => import('../parts/actionbar.js')} name="BulkBar" ids=${[...selected]} selected=${selected.size} ask=${ask} drop=${() => model.select([])} />`;
}

/** @param {any} props */
function Panel({ id, ask, close }) {
  useCell(edition);
  return html`<${Later} key=${id} from=${detail} name="Detail" meanwhile=${html`<${Loading} rows=${8} />`} id=${id} row=${feed.rows.get(id)} ask=${ask} close=${close} />`;
}

/**
 * When the list holds only the worst alarms, the server searches the rest.
 * @param {string} text
 */
function useSearchBeyond(text) {
  const { state } = useCell(connection);
  const path = feed.limited && state === 'live' && text !== DEFAULT ? withQuery('/api/v1/alarms', { q: text || undefined, limit: 10000 }) : '';
  const { data } = useLoad(path, { every: 5_000 });
  useEffect(() => {
    if (!data) return;
    feed.found(data.alarms);
    edition.set(edition.value + 1);
  }, [data]);
}

/**
 * Return the filter with a severity put in or taken out.
 * @param {import('../lib/filter.js').Filter} filter
 * @param {string} severity
 * @param {string[]} chosen
 */
function toggled(filter, severity, chosen) {
  const rest = filter.terms.filter((term) => term.key !== 'severity' || term.not).map((term) => term.text);
  const next = chosen.includes(severity) ? chosen.filter((one) => one !== severity) : [...chosen, severity];
  return [...rest, ...(next.length ? [`severity:${next.join(',')}`] : [])].join(' ');
}
