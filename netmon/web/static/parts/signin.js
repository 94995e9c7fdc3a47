/** Sign-in over the kept page, when the session ended while it was open. */
import { useState } from 'preact/hooks';
import { ApiError, askSession, session, signIn } from '../lib/api.js';
import { html } from '../lib/html.js';
import { Dialog } from './layer.js';

export function SignIn() {
  const [name, setName] = useState(session.value?.operator ?? '');
  const [password, setPassword] = useState('');
  const [error, setError] = useState('');
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await signIn(name, password);
      await askSession();
    } catch (wrong) {
      if (!(wrong instanceof ApiError)) throw wrong;
      setPassword('');
      setError(wrong.message);
    }
  };
  return html`<${Dialog} title="You are signed out" close=${() => {}} sticky>
    <form onSubmit=${submit}>
      <p class="muted">The session ended. What you see stays, and is no longer live.</p>
      <label>Name<input type="text" name="name" autocomplete="username" required value=${name} onInput=${(/** @type {any} */ event) => setName(event.target.value)} /></label>
      <label>Password<input type="password" name="password" autocomplete="current-password" required autofocus value=${password} onInput=${(/** @type {any} */ event) => setPassword(event.target.value)} /></label>
      ${error && html`<p class="wrong" role="alert">${error}</p>`}
      <div class="buttons"><button type="submit" class="btn p">Sign in</button></div>
    </form>
  </${Dialog}>`;
}
