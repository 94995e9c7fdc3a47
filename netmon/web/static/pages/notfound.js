/** An address that is no page. */
import { html } from '../lib/html.js';
import { Band, Footer, TopBar } from '../parts/frame.js';
import { Empty } from '../parts/states.js';

export const NotFoundPage = () => html`<div class="app"><${TopBar} /><${Band} />
  <main class="scroll"><${Empty} title="There is no such page."><p><a href="/alarms">Go to the alarms</a></p></${Empty}></main>
  <${Footer} keys=${[[['G', 'A'], 'alarms']]} /></div>`;
