/** The dashboard: who is signed in, what the address shows, and the frame around it. */
import { Component, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { counters, retry, startFeed } from './lib/alarms.js';
import { askSession, session, signedOut } from './lib/api.js';
import { useCell } from './lib/cell.js';
import { html } from './lib/html.js';
import { bind, followKeys } from './lib/keys.js';
import { followPreferences } from './lib/prefs.js';
import { followAddress, go, match, place } from './lib/router.js';
import { startClock } from './lib/time.js';
import { AlarmsPage } from './pages/alarms.js';
import { LiveRegion } from './parts/announce.js';
import { Later } from './parts/later.js';
import { Dialog, layers } from './parts/layer.js';
import { Empty, Loading } from './parts/states.js';

/** @type {[string, (found: Record<string, string>) => any, (found: Record<string, string>) => string][]} */
const ROUTES = [
  ['/', () => html`<${Home} />`, () => 'Alarms'],
  ['/alarms', () => html`<${AlarmsPage} />`, () => 'Alarms'],
  ['/alarms/:id', ({ id }) => later(() => import('./pages/alarm.js'), 'AlarmPage', { id }), ({ id }) => `Alarm ${id.slice(0, 8)}`],
  ['/elements', () => later(() => import('./pages/elements.js'), 'ElementsPage'), () => 'Elements'],
  ['/elements/:id', ({ id }) => later(() => import('./pages/element.js'), 'ElementPage', { id }), ({ id }) => id],
  ['/usage', () => later(() => import('./pages/usage.js'), 'UsagePage'), () => 'Usage'],
  ['/system', () => later(() => import('./pages/system.js'), 'SystemPage'), () => 'System'],
];

/**
 * Return a page whose code is loaded when it is first shown.
 * @param {() => Promise<any>} from
 * @param {string} name
 * @param {Record<string, string>} [props]
 */
const later = (from, name, props = {}) => html`<${Later} key=${`${name} ${props.id ?? ''}`} from=${from} name=${name} meanwhile=${html`<div class="app"></div>`} ...${props} />`;

/** What comes after the sign-in: of billing the usage, of all others the alarms. */
function Home() {
  const billing = useCell(session)?.role === 'billing';
  useEffect(() => billing && go('/usage', { replace: true }), [billing]);
  return billing ? html`<div class="app"></div>` : html`<${AlarmsPage} />`;
}

/** Until one can sign in: no key may act on the kept page. */
const SIGNED_OUT = html`<${Dialog} title="You are signed out" close=${() => {}} sticky />`;

function App() {
  const { path } = useCell(place);
  const who = useCell(session);
  const out = useCell(signedOut);
  const [help, setHelp] = useState(false);
  useEffect(() => bind({ '?': () => setHelp(true) }), []);
  const [title, page] = find(path);
  useTitle(title);
  if (!who && out) {
    location.replace(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
    return null;
  }
  return html`<${Guard} key=${path}>${page}</${Guard}><${LiveRegion} />
    ${help && html`<${Later} from=${() => import('./parts/help.js')} name="Help" close=${() => setHelp(false)} />`}${out && who && html`<${Later} from=${() => import('./parts/signin.js')} name="SignIn" meanwhile=${SIGNED_OUT} />`}`;
}

/** @param {string} path */
function find(path) {
  for (const [pattern, page, title] of ROUTES) {
    const found = match(pattern, path);
    if (found) return [title(found), page(found)];
  }
  return ['No such page', later(() => import('./pages/notfound.js'), 'NotFoundPage')];
}

/** @param {string} title */
function useTitle(title) {
  const known = useCell(counters);
  const critical = known?.sev?.critical?.unack ?? 0;
  useEffect(() => {
    document.title = `${critical ? `(${critical}) ` : ''}${title}, netmon`;
  }, [title, critical]);
}

/** An error of the page itself is said, and the rest of netmon stays usable. */
class Guard extends Component {
  /** @param {Error} error */
  componentDidCatch(error) {
    console.error(error);
    this.setState({ error });
  }

  render() {
    const { error } = /** @type {{error?: Error}} */ (this.state);
    if (!error) return /** @type {any} */ (this.props).children;
    return html`<main class="plain"><${Empty} title="This page failed."><p>${error.message}</p><p><a class="btn" href="/alarms" data-load>Load it anew</a></p></${Empty}></main>`;
  }
}

async function boot() {
  followPreferences();
  followAddress();
  followKeys();
  startClock();
  // A dialog or menu that floats keeps its keys to itself.
  layers.follow(() => document.documentElement.toggleAttribute('data-layer', layers.value > 0));
  const root = /** @type {HTMLElement} */ (document.getElementById('app'));
  render(html`<div class="app"><${Loading} rows=${20} class="rows-like" /></div>`, root);
  try {
    await askSession();
  } catch {
    // Signed out: App goes to the sign-in page. No answer: the page says so, and tries again.
    setTimeout(() => session.value || void askSession().then(retry, () => {}), 3_000);
  }
  render(html`<${App} />`, root);
  if (!signedOut.value) startFeed();
}

void boot();
