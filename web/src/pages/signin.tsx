// Asks for a token where the service wants one.
import { useState } from 'preact/hooks';
import { api, setToken } from '../api';
import { t } from '../i18n';

export function SignIn({ then }: { then: () => void }) {
  const [isWrong, setWrong] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    setAsking(true);
    setToken(String(data.get('token') ?? '').trim());
    try {
      await api.me();
      then();
    } catch {
      setToken(null);
      setWrong(true);
      setAsking(false);
    }
  };
  return (
    <main class="signin">
      <form onSubmit={(event) => void submit(event)}>
        <svg viewBox="0 0 34 20" width="68" height="40" aria-hidden="true">
          <circle cx="12" cy="10" r="8" class="ring-a" />
          <circle cx="21" cy="10" r="8" class="ring-b" />
        </svg>
        <h1>{t('app.name')}</h1>
        <p class="quiet">{t('signin.lead')}</p>
        <label>
          {t('signin.token')}
          <input
            name="token"
            type="password"
            autocomplete="off"
            spellcheck={false}
            required
            autofocus
            aria-invalid={isWrong}
            aria-describedby="token-help"
            onInput={() => setWrong(false)}
          />
        </label>
        <p id="token-help" class={isWrong ? 'small wrong' : 'small quiet'} role={isWrong ? 'alert' : undefined}>
          {isWrong ? t('signin.wrong') : t('signin.kept')}
        </p>
        <button class="primary" disabled={isAsking}>
          {t('signin.submit')}
        </button>
      </form>
    </main>
  );
}
