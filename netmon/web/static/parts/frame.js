/** The frame of every page: top bar, band, footer. */
import { say } from '../lib/actions.js';
import { ApiError, session, signOut } from '../lib/api.js';
import { connection, counters, retry, tellSignedOut } from '../lib/alarms.js';
import { useCell } from '../lib/cell.js';
import { clock, count, plural, zoneName } from '../lib/format.js';
import { html } from '../lib/html.js';
import { place } from '../lib/router.js';
import { prefer, prefs } from '../lib/prefs.js';
import { sound, switchSound } from '../lib/sound.js';
import { second } from '../lib/time.js';
import { Brand } from './glyph.js';
import { Menu } from './layer.js';

const NAVIGATION = [
  { name: 'Alarms', href: '/alarms' },
  { name: 'Elements', href: '/elements' },
  { name: 'Usage', href: '/usage' },
  { name: 'System', href: '/system' },
];

export function TopBar() {
  const { path } = useCell(place);
  const here = path === '/' ? '/alarms' : path;
  return html`<header class="top">
    <${Brand} />
    <nav aria-label="Pages">
      ${NAVIGATION.map(({ name, href }) => html`<a href=${href} aria-current=${here === href || here.startsWith(`${href}/`) ? 'page' : undefined}>${name}</a>`)}
    </nav>
    <span class="grow"></span>
    <${State} /><${Zone} /><${Sound} /><${Theme} /><${Operator} />
  </header>`;
}

function State() {
  const { state, word } = useCell(connection);
  return html`<span class=${`live ${state.replace(' ', '-')}`} role="status" aria-label=${`Connection: ${state}`}><i></i><span class="num">${word}</span></span>`;
}

function Zone() {
  const { zone } = useCell(prefs);
  const now = useCell(second);
  const { since, live } = useCell(connection);
  const other = zone === 'utc' ? 'local' : 'utc';
  return html`<button type="button" class=${live ? 'iconb num clock' : 'iconb num clock old'} title=${`${live ? '' : 'The clock stands: this is the time of the last news. '}Show ${other === 'utc' ? 'UTC' : 'local time'} everywhere`}
    onClick=${() => prefer({ zone: other })}>${live ? '' : 'as of '}${zoneName(zone, now)} ${clock(live ? now : since, zone)}</button>`;
}

function Sound() {
  const on = useCell(sound);
  return html`<button type="button" class="iconb" aria-pressed=${String(on)} title="One tone for new unacknowledged critical alarms of this view"
    onClick=${switchSound}>${on ? 'Sound on' : 'Sound off'}</button>`;
}

function Theme() {
  const { theme, density } = useCell(prefs);
  const words = /** @type {Record<string, string>} */ ({ system: 'System', light: 'Light', dark: 'Dark' });
  const items = [
    ...Object.entries(words).map(([name, label]) => ({
      label,
      checked: theme === name,
      does: () => prefer({ theme: /** @type {any} */ (name) }),
    })),
    {
      label: 'Compact rows',
      checked: density === 'compact',
      does: () => prefer({ density: density === 'compact' ? 'normal' : 'compact' }),
    },
  ];
  return html`<${Menu} class="iconb" right label=${theme === 'system' ? 'Theme' : words[theme]} title="Theme and density" items=${items} chevron=${false} />`;
}

function Operator() {
  const who = useCell(session);
  if (!who) return html`<span class="iconb"></span>`;
  const items = [
    { label: html`Signed in as ${who.operator}`, hint: who.role, off: 'Your role is given with netmon user' },
    { label: 'Sign out', does: leave },
  ];
  return html`<${Menu} class="iconb" right label=${who.operator} items=${items} chevron=${false} title=${`Role ${who.role}`} />`;
}

async function leave() {
  try {
    await signOut();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    say(`Sign out: ${error.message}`, 'bad');
    return;
  }
  tellSignedOut();
  location.assign('/login');
}

/** The band over the content: a frozen page must never look live. */
export function Band() {
  const { band } = useCell(connection);
  if (!band) return null;
  return html`<div class=${band.quiet ? 'band quiet' : 'band'} role=${band.quiet ? 'status' : 'alert'}>
    <span>${band.text}</span>
    ${band.retry && html`<button type="button" class="btn" onClick=${retry}>Retry</button>`}
    ${band.reload && html`<button type="button" class="btn" onClick=${() => location.reload()}>Reload</button>`}
  </div>`;
}

/** @param {{keys: [string[], string][]}} props */
export function Footer({ keys }) {
  const { zone } = useCell(prefs);
  const rates = useCell(counters);
  const limit = useCell(session)?.limits.flood_per_10min;
  useCell(second);
  const { since, live } = useCell(connection);
  return html`<footer class="foot">
    ${keys.map(([names, word]) => html`<span>${names.map((name) => html`<kbd>${name}</kbd>`)}${word}</span>`)}
    <span class="grow"></span>
    ${rates && html`<span class=${rates.flood ? 'num flood' : 'num'}>${rates.flood ? 'Flood: ' : 'Rate '}${plural(rates.rate10, 'alarm')} / 10 min${limit === undefined ? '' : `, flood limit ${count(limit)}`}</span>`}
    <span class="num">${live ? 'Updated' : 'Last news'} ${clock(live ? second.value : since, zone)} ${zoneName(zone, since)}</span>
  </footer>`;
}
