/** One alarm on a page of its own, to send to a colleague. */
import { useEffect, useState } from 'preact/hooks';
import { edition, feed } from '../lib/alarms.js';
import { useCell } from '../lib/cell.js';
import { html } from '../lib/html.js';
import { bind } from '../lib/keys.js';
import { go } from '../lib/router.js';
import { ActionDialog } from '../parts/actiondialog.js';
import { begin } from '../parts/begin.js';
import { Detail } from '../parts/detail.js';
import { Band, Footer, TopBar } from '../parts/frame.js';
import { Notice } from '../parts/notice.js';

/** @type {[string[], string][]} */
const HINTS = [[['A'], 'ack'], [['C'], 'comment'], [['Esc'], 'the list'], [['?'], 'all keys']];

/** @type {Record<string, string>} */
const KEYS = {
  a: 'acknowledge', 'Shift+a': 'unacknowledge', s: 'assign', z: 'shelve', 'Shift+z': 'unshelve', c: 'comment', 'Shift+c': 'clear', d: 'close',
};

/** @param {{id: string}} props */
export function AlarmPage({ id }) {
  const [asked, ask] = useState(/** @type {{action: string, ids: string[]} | null} */ (null));
  useCell(edition);
  useEffect(() => bind({
    ...Object.fromEntries(Object.entries(KEYS).map(([key, action]) => [key, () => begin(action, [id], ask)])),
    Escape: () => go('/alarms'),
  }), [id]);
  return html`<div class="app"><${TopBar} /><${Band} />
    <main class="scroll"><div class="page single"><h1 class="unseen">Alarm</h1><p class="crumbs dim"><a href="/alarms">Alarms</a> / ${id.slice(0, 8)}</p>
      <article class="card detail"><${Detail} key=${id} id=${id} row=${feed.rows.get(id)} ask=${ask} page /></article></div></main>
    <${Footer} keys=${HINTS} /><${Notice} />
    ${asked && html`<${ActionDialog} ...${asked} close=${() => ask(null)} />`}
  </div>`;
}
