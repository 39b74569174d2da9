import { type Html, html } from './html.js';

/** The fields of the form (rest-core.md 1.3), and the one-time token that proves that the operator sent it. */
export const SETUP_FIELDS = [
  'setup_token',
  'email',
  'password',
  'password_confirmation',
  'first_name',
  'last_name',
  'name',
  'username',
  'phone',
] as const;
export type SetupField = (typeof SETUP_FIELDS)[number];
export type SetupValues = Readonly<Partial<Record<SetupField, string>>>;

export interface SetupFormState {
  readonly values: SetupValues;
  readonly problems: Readonly<Partial<Record<SetupField, string>>>;
  /** What is wrong with the whole. */
  readonly problem: string | undefined;
  readonly nonce: string;
  /** Whether the server runs in a container, where its command is reached otherwise. */
  readonly inContainer: boolean;
}

interface FieldOptions {
  readonly type?: 'text' | 'email' | 'password' | 'tel';
  readonly hint?: string;
  readonly required?: boolean;
  readonly autocomplete: string;
}

const TOKEN = 'Printed when the server started. It works once; ./headgate setup prints a new one.';
const TOKEN_IN_CONTAINER = 'Printed by ./headgate setup in the container: docker compose exec api ./headgate setup. It works once.';

/** The page that makes the first administrator. It works without scripts; with them the token is taken from the address. */
export function setupForm(state: SetupFormState): Html {
  const field = (name: SetupField, label: string, options: FieldOptions) => fieldOf(state, name, label, options);
  return html`
<h1>Create the first administrator</h1>
<p class="soft">This server has no administrator yet. The account you make here may do everything: connect databases, make roles, keys and other users.</p>
${state.problem !== undefined && html`<p class="alert" role="alert">${state.problem}</p>`}
<form method="post" action="/setup">
${field('setup_token', 'Set-up token', {
  autocomplete: 'off',
  required: true,
  hint: state.inContainer ? TOKEN_IN_CONTAINER : TOKEN,
})}
${field('email', 'E-mail address', { type: 'email', autocomplete: 'email', required: true })}
<div class="pair">
${field('password', 'Password', { type: 'password', autocomplete: 'new-password', required: true, hint: 'At least 16 characters.' })}
${field('password_confirmation', 'Password again', { type: 'password', autocomplete: 'new-password', required: true, hint: 'The same once more.' })}
</div>
<div class="pair">
${field('first_name', 'First name', { autocomplete: 'given-name' })}
${field('last_name', 'Last name', { autocomplete: 'family-name' })}
</div>
${field('name', 'Display name', { autocomplete: 'name', hint: 'Left empty: first and last name.' })}
<div class="pair">
${field('username', 'User name', { autocomplete: 'username', hint: 'Left empty: the e-mail address.' })}
${field('phone', 'Phone', { type: 'tel', autocomplete: 'tel' })}
</div>
<button type="submit">Create administrator</button>
</form>
<script nonce="${state.nonce}">
(function () {
  function takeToken() {
    var token = decodeURIComponent(location.hash.replace(/^#(token=)?/, ''));
    if (!token) return;
    document.getElementById('setup_token').value = token;
    history.replaceState(null, '', location.pathname);
    document.getElementById('email').focus();
  }
  takeToken();
  // The printed address may be pasted where the page is open already: then only the fragment changes.
  addEventListener('hashchange', takeToken);
})();
</script>`;
}

function fieldOf(state: SetupFormState, name: SetupField, label: string, options: FieldOptions): Html {
  const problem = state.problems[name];
  const type = options.type ?? 'text';
  const isSecret = type === 'password';
  const described = [options.hint && `${name}-hint`, problem && `${name}-problem`].filter(Boolean).join(' ');
  return html`<div>
<label for="${name}">${label}${options.required !== true && html` <span class="soft">(optional)</span>`}</label>
${options.hint !== undefined && html`<span class="hint" id="${name}-hint">${options.hint}</span>`}
<input id="${name}" name="${name}" type="${type}" autocomplete="${options.autocomplete}" value="${isSecret ? '' : (state.values[name] ?? '')}"${
    options.required === true && html` required`
  }${described !== '' && html` aria-describedby="${described}"`}${problem !== undefined && html` aria-invalid="true"`}>
${problem !== undefined && html`<span class="problem" id="${name}-problem">${problem}</span>`}
</div>`;
}
