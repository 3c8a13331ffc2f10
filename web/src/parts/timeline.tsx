// What became of a customer, the latest change first, page by page; and the
// customer as it was at any time.
import { useEffect, useState } from 'preact/hooks';
import { api, type Change, type Page } from '../api';
import { asProblem } from '../hooks';
import { list, maybe, t, time, type Key } from '../i18n';
import { tell } from '../store';
import { Failure, Loading, words } from './basics';

const PAGE = 20;

export function Timeline(props: {
  id: string;
  /** Grows when the customer changed. */
  round: number;
  at: Change | null;
  setAt: (change: Change | null) => void;
}) {
  const { id, at, setAt } = props;
  const [changes, setChanges] = useState<Change[] | null>(null);
  const [next, setNext] = useState<string | undefined>(undefined);
  const [failure, setFailure] = useState<unknown>(null);
  const load = async (cursor?: string) => {
    try {
      const page: Page<Change> = await api.history(id, { cursor, limit: PAGE });
      setChanges((known) => (cursor ? [...(known ?? []), ...page.items] : page.items));
      setNext(page.next);
      setFailure(null);
    } catch (error) {
      setFailure(error);
    }
  };
  useEffect(() => void load(), [id, props.round]);
  if (failure) return <Failure problem={asProblem(failure)} again={() => void load()} />;
  if (!changes) return <Loading />;
  const seek = async (event: SubmitEvent) => {
    event.preventDefault();
    const told = String(new FormData(event.currentTarget as HTMLFormElement).get('until') ?? '');
    // The field tells minutes; a change within the minute is in it.
    const until = new Date(new Date(told).getTime() + 59_999);
    if (Number.isNaN(until.getTime())) return;
    try {
      const [found] = (await api.history(id, { until: until.toISOString(), limit: 1 })).items;
      if (!found?.golden) return tell(t('customer.notYet', { time: time(until.toISOString()) }), { kind: 'failed' });
      setAt(found.seq === changes[0]?.seq ? null : found);
    } catch (error) {
      tell(words(asProblem(error)), { kind: 'failed' });
    }
  };
  return (
    <>
      <form class="seek" onSubmit={(event) => void seek(event)}>
        <label>
          {t('customer.at')}
          <input type="datetime-local" name="until" required />
        </label>
        <button>{t('customer.show')}</button>
      </form>
      <ol class="timeline">
        <li aria-current={at ? undefined : 'true'}>
          <button class="plain" onClick={() => setAt(null)}>
            {t('customer.atNow')}
          </button>
        </li>
        {changes.map((change, place) => (
          <li key={change.seq} class={change.kind} aria-current={at?.seq === change.seq ? 'true' : undefined}>
            <button class="plain" disabled={!change.golden} onClick={() => setAt(place === 0 ? null : change)}>
              <strong>{maybe(`event.${change.kind}`, change.kind)}</strong> <time>{time(change.at)}</time>
            </button>
            <small>
              {what(change)} <span class="cause">{change.cause}</span>
            </small>
          </li>
        ))}
      </ol>
      {next && (
        <p>
          <button onClick={() => void load(next)}>{t('customer.older')}</button>
        </p>
      )}
    </>
  );
}

function what(change: Change): string {
  const others = list(change.others ?? []);
  const key = { merged: 'event.merged.with', split: 'event.split.into', retired: 'event.retired.to' }[change.kind];
  return key && others ? t(key as Key, { others }) : '';
}
