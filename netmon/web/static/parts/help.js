/** All keys, and a switch that turns them off. */
import { useCell } from '../lib/cell.js';
import { html } from '../lib/html.js';
import { prefer, prefs } from '../lib/prefs.js';
import { Dialog } from './layer.js';

/** @type {[string, [string, string][]][]} */
const GROUPS = [
  ['Move', [['J K ↓ ↑', 'next, previous'], ['Home End', 'first, last'], ['PgUp PgDn', 'a page'], ['→ ←', 'unfold, fold'], ['Enter', 'open the alarm'], ['O', 'its own page'], ['Esc', 'close, drop the selection']]],
  ['Select', [['X', 'select'], ['Shift X', 'select a range'], ['Ctrl A', 'select all that match'], ['N', 'show new alarms'], ['P', 'hold or release the list']]],
  ['Act', [['A', 'acknowledge'], ['Shift A', 'unacknowledge'], ['S', 'assign'], ['Z', 'shelve'], ['Shift Z', 'unshelve'], ['C', 'comment'], ['Shift C', 'clear'], ['D', 'close']]],
  ['Pages', [['/', 'filter'], ['G A', 'Alarms'], ['G E', 'Elements'], ['G U', 'Usage'], ['G Y', 'System'], ['[ ]', 'shorter, longer range'], ['?', 'this help']]],
];

/** @param {{close: () => void}} props */
export function Help({ close }) {
  const { keys } = useCell(prefs);
  return html`<${Dialog} title="Keys" close=${close} wide>
    <div class="keys">${GROUPS.map(([name, rows]) => html`<section><h3>${name}</h3><dl>
      ${rows.map(([combination, word]) => html`<dt>${combination.split(' ').map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${word}</dd>`)}</dl></section>`)}</div>
    <div class="buttons"><label class="switch"><input type="checkbox" checked=${keys} onChange=${() => prefer({ keys: !keys })} />Single-letter keys on</label>
      <span class="grow"></span><button type="button" class="btn" autofocus onClick=${close}>Close</button></div>
  </${Dialog}>`;
}
