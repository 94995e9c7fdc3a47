/** What the inventory and the element itself say of it. */
import { plural, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { took } from './elementrow.js';

/** @param {{data: any}} props */
export function Facts({ data }) {
  const { facts = {}, poll = {}, site, services = [] } = data;
  const inventory = [
    ['Id', data.id], ['Role', data.role], ['Site', site?.name ?? data.site_name ?? data.site], ['Addresses', (data.addresses ?? []).join(', ')], ['Also says it has', (data.found_addresses ?? []).filter((/** @type {string} */ one) => !(data.addresses ?? []).includes(one)).join(', ')],
    ['Port', data.port], ['Credential', data.credential], ['Profiles', (data.profiles ?? []).join(', ')], ['Realm', data.realm],
    ['Services', services.map((/** @type {any} */ one) => one.name ?? one.id).join(', ')], ['Tags', tags(data.tags)],
  ];
  const told = [
    ['sysName', facts.sys_name], ['sysDescr', facts.sys_descr], ['sysObjectID', facts.sys_object_id], ['Engine', facts.engine_id], ['Location', facts.location], ['Contact', facts.contact],
    ['Type', data.type], ['Software', data.software], ['Serial', facts.serial],
  ];
  const plan = [
    ['Every', poll.every_s ? `${poll.every_s} s` : ''], ['Groups', (poll.groups ?? []).join(', ')], ['State', poll.state], ['Reason', poll.reason], ['Failures', poll.failures ? String(poll.failures) : ''],
    ['Values', poll.cells], ['Took', poll.elapsed_ms === undefined || poll.elapsed_ms === null ? '' : took(poll.elapsed_ms)],
    ['Reachability', data.reachability], ['Agent', data.agent],
  ];
  return html`<div class="wide three">
    ${(data.unmatched_traps ?? []).length > 0 && html`<${Unmatched} traps=${data.unmatched_traps} />`}
    ${(data.links ?? []).length > 0 && html`<${Links} links=${data.links} id=${data.id} />`}
    <${Card} title="Inventory" pairs=${inventory} /><${Card} title="What it says of itself" pairs=${told} /><${Card} title="Poll plan" pairs=${plan} />
  </div>`;
}

/** @type {Record<string, string>} */
const STATUS = { confirmed: 'both ends tell', claimed: 'one end tells', stale: 'no end tells any more', configured: 'inventory only', stranger: 'not in the inventory' };

/** Where its ports lead to. @param {{links: any[], id: string}} props */
const Links = ({ links, id }) => html`<section class="card wide"><h2>Links <span>${plural(links.length, 'link')}</span></h2>
  <table><thead><tr><th>Port</th><th>Leads to</th><th>Known by</th></tr></thead>
    <tbody>${links.map((one) => html`<tr key=${one.a + one.b}><td class="mono">${safe(one.a.startsWith(`${id}/`) ? one.a.slice(id.length + 4) : one.a)}</td>
      <td class="mono">${one.status === 'stranger' ? safe(one.b) : html`<a href=${`/elements/${encodeURIComponent(one.b.split('/')[0])}`}>${safe(one.b)}</a>`}</td>
      <td>${STATUS[one.status] ?? one.status}${one.mismatch ? html`, <span class="warning">neighbors say ${safe(one.mismatch)}</span>` : ''}</td></tr>`)}</tbody></table></section>`;

/** @param {any} found */
const tags = (found) => (Array.isArray(found) ? found.join(', ') : Object.entries(found ?? {}).map(([name, value]) => `${name}=${value}`).join(', '));

/** @param {{traps: {name: string, oid?: string, count: number, last: number}[]}} props */
const Unmatched = ({ traps }) => html`<section class="card wide"><h2>Traps that no rule knows <span>${plural(traps.length, 'kind')}</span></h2>
  <dl class="facts">${traps.map((one) => html`<dt class="num">${plural(one.count, 'time')}</dt><dd class="mono">${safe(one.name)}${one.oid && one.oid !== one.name ? html` <span class="dim">${safe(one.oid)}</span>` : ''}</dd>`)}</dl></section>`;

/** What is known, name by name. @param {{title: string, pairs: any[][]}} props */
export function Card({ title, pairs }) {
  const known = pairs.filter(([, value]) => value !== undefined && value !== null && value !== '');
  return html`<section class="card"><h2>${title}</h2>${known.length
    ? html`<dl class="facts">${known.map(([name, value]) => html`<dt>${name}</dt><dd>${safe(value)}</dd>`)}</dl>`
    : html`<p class="dim pad">Nothing known yet.</p>`}</section>`;
}
