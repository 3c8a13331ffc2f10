// Pinning what a customer shows for a field, whatever its records say, and
// letting go of it again.
import { useState } from 'preact/hooks';
import { api, type Desk } from '../api';
import { asProblem } from '../hooks';
import { fieldName, t } from '../i18n';
import { tell } from '../store';
import { Buttons, Dialog, Reason, words } from './basics';
import { tellProposed } from './proposals';

export function PinDialog(props: { desk: Desk; field: string; close: () => void; done: () => void }) {
  const { desk, field } = props;
  const id = desk.customer.customer_id;
  const golden = desk.customer.golden[field];
  const values = desk.fields.find((one) => one.field === field)?.values ?? [];
  const [value, setValue] = useState(golden?.value ?? '');
  const [isBusy, setBusy] = useState(false);
  const pinned = golden?.pinned;
  const pin = async (next: string | null, why: string) => {
    setBusy(true);
    try {
      const { proposal } = await api.pin(id, field, next, why);
      if (proposal) {
        tellProposed(proposal, props.done);
        return props.close();
      }
      const undo = () => {
        api.pin(id, field, pinned ? golden.value : null, '').then(
          (back) => (back.proposal ? tellProposed(back.proposal, props.done) : (tell(t('review.undone')), props.done())),
          (error: unknown) => tell(words(asProblem(error)), { kind: 'failed' }),
        );
      };
      tell(t(next === null ? 'pin.released' : 'pin.done', { field: fieldName(field) }), {
        action: { label: t('review.undo'), run: undo },
      });
      props.close();
      props.done();
    } catch (error) {
      tell(words(asProblem(error)), { kind: 'failed' });
      setBusy(false);
    }
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const why = String(new FormData(event.currentTarget as HTMLFormElement).get('why') ?? '');
    void pin(value.trim(), why);
  };
  return (
    <Dialog title={t('pin.title', { field: fieldName(field) })} close={props.close}>
      <p class="small quiet">{t('pin.lead')}</p>
      <form class="stack" onSubmit={submit}>
        <label>
          {t('customer.value')}
          <input value={value} autocomplete="off" autofocus onInput={(event) => setValue(event.currentTarget.value)} />
        </label>
        {values.length > 1 && (
          <ul class="choices" aria-label={t('pin.choices')}>
            {values.map((one) => (
              <li key={one.value}>
                <button type="button" aria-pressed={one.value === value} onClick={() => setValue(one.value)}>
                  {one.value}
                </button>
              </li>
            ))}
          </ul>
        )}
        <Reason name="why" />
        <Buttons send={t('pin.pin')} isOff={isBusy || !value.trim()} close={props.close}>
          {pinned && (
            <button type="button" disabled={isBusy} onClick={() => void pin(null, '')}>
              {t('pin.release')}
            </button>
          )}
        </Buttons>
      </form>
    </Dialog>
  );
}
