/** A part whose code is loaded when it is first shown: the list must be there before what nobody has asked for yet. */
import { useEffect, useState } from 'preact/hooks';
import { html } from '../lib/html.js';

/**
 * @param {{from: () => Promise<any>, name: string, meanwhile?: any, [prop: string]: any}} props
 *   from: imports the module; name: of the component in it; meanwhile: what stands there until then
 */
export function Later({ from, name, meanwhile = null, ...props }) {
  const [found, setFound] = useState(/** @type {any} */ (null));
  useEffect(() => {
    from().then((module) => setFound(() => module[name]));
  }, []);
  return found ? html`<${found} ...${props} />` : meanwhile;
}
