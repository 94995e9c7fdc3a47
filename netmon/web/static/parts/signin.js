/** Sign-in over the kept page, when the session ended while it was open. */
import { useState } from 'preact/hooks';
import { askSession } from '../lib/api.js';
import { html } from '../lib/html.js';
import { Dialog } from './layer.js';

/** How often the page looks whether another tab has signed in. */
export function SignIn() {
  const [error, setError] = useState('');
  const again = async () => {
    try {
      await askSession();
    } catch {
      setError('Not signed in yet.');
    }
  };
  const here = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
  return html`<${Dialog} title="You are signed out" close=${() => {}} sticky>
    <p>The session ended. What you see stays, and is no longer live.</p>
    ${error && html`<p class="wrong" role="alert">${error}</p>`}
    <div class="buttons"><button type="button" class="btn" onClick=${again}>I signed in in another tab</button>
      <a class="btn p" href=${here} data-load autofocus>Sign in</a></div>
  </${Dialog}>`;
}
