/** What the inventory and the element itself say of it. */
import { plural, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { took } from './elementrow.js';

/** @param {{data: any}} props */
export function Facts({ data }) {
  const { facts = {}, poll = {}, site, services = [] } = data;
  const inventory = [
    ['Id', data.id], ['Role', data.role], ['Site', site?.name ?? data.site_name ?? data.site], ['Addresses', (data.addresses ?? []).join(', ')],
    ['Port', data.port], ['Credential', data.credential], ['Profiles', (data.profiles ?? []).join(', ')], ['Realm', data.realm],
    ['Services', services.map((/** @type {any} */ one) => one.name ?? one.id).join(', ')], ['Tags', tags(data.tags)],
  ];
  const told = [
    ['sysName', facts.sys_name], ['sysDescr', facts.sys_descr], ['sysObjectID', facts.sys_object_id], ['Location', facts.location], ['Contact', facts.contact],
    ['Type', data.type], ['Software', data.software], ['Serial', facts.serial],
  ];
  const plan = [
    ['Every', poll.every_s ? `${poll.every_s} s` : ''], ['Groups', (poll.groups ?? []).join(', ')], ['State', poll.state], ['Reason', poll.reason], ['Failures', poll.failures ? String(poll.failures) : ''],
    ['Values', poll.cells], ['Took', poll.elapsed_ms === undefined || poll.elapsed_ms === null ? '' : took(poll.elapsed_ms)],
    ['Reachability', data.reachability], ['Agent', data.agent],
  ];
  return html`<div class="wide three">
    ${(data.unmatched_traps ?? []).length > 0 && html`<${Unmatched} traps=${data.unmatched_traps} />`}
    <${Card} title="Inventory" pairs=${inventory} /><${Card} title="What it says of itself" pairs=${told} /><${Card} title="Poll plan" pairs=${plan} />
  </div>`;
}

/** @param {any} found */
const tags = (found) => (Array.isArray(found) ? found.join(', ') : Object.entries(found ?? {}).map(([name, value]) => `${name}=${value}`).join(', '));

/** @param {{traps: {name: string, count: number, last: number}[]}} props */
const Unmatched = ({ traps }) => html`<section class="card wide"><h2>Traps that no rule knows <span>${plural(traps.length, 'kind')}</span></h2>
  <dl class="facts">${traps.map((one) => html`<dt class="num">${plural(one.count, 'time')}</dt><dd class="mono">${safe(one.name)}</dd>`)}</dl></section>`;

/** What is known, name by name. @param {{title: string, pairs: any[][]}} props */
export function Card({ title, pairs }) {
  const known = pairs.filter(([, value]) => value !== undefined && value !== null && value !== '');
  return html`<section class="card"><h2>${title}</h2>${known.length
    ? html`<dl class="facts">${known.map(([name, value]) => html`<dt>${name}</dt><dd>${safe(value)}</dd>`)}</dl>`
    : html`<p class="dim pad">Nothing known yet.</p>`}</section>`;
}
