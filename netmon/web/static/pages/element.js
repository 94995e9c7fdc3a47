/** One element: figures, the last day, charts, interfaces, what is known of it. */
import { useEffect, useState } from 'preact/hooks';
import { connection } from '../lib/alarms.js';
import { ApiError, may, send, session } from '../lib/api.js';
import { say } from '../lib/actions.js';
import { useCell } from '../lib/cell.js';
import { safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { bind } from '../lib/keys.js';
import { useLoad } from '../lib/load.js';
import { goQuery, place } from '../lib/router.js';
import { oneOf } from '../lib/strange.js';
import { nextRange, RANGES, rangeWord } from '../lib/series.js';
import { Band, Footer, TopBar } from '../parts/frame.js';
import { Charts } from '../parts/elementcharts.js';
import { Facts } from '../parts/facts.js';
import { Figures } from '../parts/figures.js';
import { Interfaces, Others } from '../parts/interfaces.js';
import { Menu } from '../parts/layer.js';
import { ElementMaintenance } from '../parts/maintenance.js';
import { Notice } from '../parts/notice.js';
import { Empty, Failed, Loading } from '../parts/states.js';
import { Strange } from '../parts/strange.js';
import { Strip } from '../parts/strip.js';
import { ElementAlarms, ElementState } from '../parts/elementalarms.js';

const EVERY_MS = 5_000;
const OBJECTS_EVERY_MS = 10_000;
const SPANS = RANGES.map(([name]) => name);
/** What an address may say of this page. */
const KNOWN = { range: SPANS, object: null };

/** @type {[string[], string][]} */
const HINTS = [[['G', 'A'], 'alarms'], [['G', 'E'], 'elements'], [['[', ']'], 'time range'], [['?'], 'all keys']];

/** @param {{id: string}} props */
export function ElementPage({ id }) {
  const { query } = useCell(place);
  const range = oneOf(query.get('range'), SPANS, '6h');
  const path = `/api/v1/elements/${encodeURIComponent(id)}`;
  const { data, error, again } = useLoad(path, { every: EVERY_MS });
  const objects = useLoad(`${path}/objects`, { every: OBJECTS_EVERY_MS });
  const setRange = (/** @type {string} */ name) => goQuery({ range: name === '6h' ? null : name }, { replace: true });
  useEffect(() => bind({ '[': () => setRange(nextRange(range, -1)), ']': () => setRange(nextRange(range, 1)) }), [range]);
  return html`<div class="app"><${TopBar} /><${Band} /><${Strange} known=${KNOWN} />
    <main class="scroll">${data ? html`<div class="page element">
      <${Title} data=${data} range=${range} setRange=${setRange} path=${path} again=${again} />
      <${Figures} data=${data} />
      ${data.strip && html`<${Strip} strip=${data.strip} />`}
      <${ElementMaintenance} id=${id} known=${!data.unknown} />
      <${ElementAlarms} id=${id} />
      <${Charts} id=${id} range=${range} objects=${objects.data?.objects ?? []} chosen=${query.get('object') ?? ''} />
      <${Interfaces} id=${id} loaded=${objects} chosen=${query.get('object') ?? ''} every=${data.poll.every_s} />
      <${Others} id=${id} objects=${objects.data?.objects ?? []} />
      <${Facts} data=${data} />
    </div>` : html`<${Waiting} id=${id} error=${error} again=${again} />`}</main>
    <${Footer} keys=${HINTS} /><${Notice} />
  </div>`;
}

/** @param {{id: string, error: ApiError | null, again: () => void}} props */
function Waiting({ id, error, again }) {
  if (!error) return html`<div class="page"><${Loading} rows=${10} /></div>`;
  if (error.status === 404) return html`<${Empty} title=${`There is no element "${safe(id)}".`}><p><a href="/elements">Go to the elements</a></p></${Empty}>`;
  return html`<${Failed} what="This element could not be read." error=${error} retry=${again} />`;
}

/** @param {any} props */
function Title({ data, range, setRange, path, again }) {
  const about = [data.type, data.software].filter(Boolean).map(safe).join(', ');
  return html`<div class="wide title">
    <div><p class="crumbs dim"><a href="/elements">Elements</a>${data.site ? html` / <a href=${`/elements?q=site:${encodeURIComponent(data.site.id ?? data.site)}`}>${safe(data.site.name ?? data.site_name ?? data.site)}</a>` : ''}</p>
      <h1>${safe(data.name || data.id)} <${ElementState} id=${data.id} worst=${data.worst} unknown=${data.unknown} /></h1>
      <p class="muted">${about}${about ? ', ' : ''}<span class="mono">${safe((data.addresses ?? []).join(', '))}</span>${data.facts?.serial ? html`, serial <span class="mono">${safe(data.facts.serial)}</span>` : ''}${data.facts?.uptime_s ? `, up ${days(data.facts.uptime_s)}` : ''}</p></div>
    <span class="grow"></span>
    <${Menu} right label=${rangeWord(range)} name=${`Time range: ${rangeWord(range)}`} items=${RANGES.map(([name]) => ({ label: rangeWord(name), checked: name === range, does: () => setRange(name) }))} />
    <${PollNow} path=${path} again=${again} />
  </div>`;
}

/** @param {number} seconds */
function days(seconds) {
  const whole = Math.floor(seconds / 86_400);
  if (whole) return `${whole} ${whole === 1 ? 'day' : 'days'}`;
  return seconds < 3_600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3_600)} h`;
}

/** @param {{path: string, again: () => void}} props */
function PollNow({ path, again }) {
  const [asked, setAsked] = useState(false);
  const { act, word } = useCell(connection);
  const off = !may('operate') ? `Your role, ${session.value?.role}, may not poll; that needs role operator or admin` : act ? '' : `Off: ${word}`;
  const poll = async () => {
    if (off) return say(off, 'bad');
    if (asked) return;
    setAsked(true);
    try {
      await send(`${path}/poll`);
      say('Poll requested', 'plain');
      setTimeout(again, 2_000);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      say(`Poll now: ${error.message}`, 'bad');
    } finally {
      setAsked(false);
    }
  };
  return html`<button type="button" class="btn" title=${off || undefined} aria-disabled=${off ? 'true' : undefined} onClick=${poll}>Poll now</button>`;
}
