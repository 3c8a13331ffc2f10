// Small parts that every page uses: dialogs, what is shown while loading and
// after a failure, names of records.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { memberName, type Member, type Problem } from '../api';
import { maybe, t } from '../i18n';
import { href } from '../route';

export function Dialog(props: { title: string; close: () => void; children: ComponentChildren; isWide?: boolean }) {
  const place = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    const dialog = place.current;
    const before = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={place}
      class={props.isWide ? 'wide' : ''}
      aria-labelledby={title}
      onClose={props.close}
      onClick={(event) => event.target === place.current && props.close()}
    >
      <div class="dialog-body">
        <header>
          <h2 id={title}>{props.title}</h2>
          <button class="plain" onClick={props.close} aria-label={t('common.close')}>
            ✕
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}

/** The reason for what is decided, which may be empty. */
export function Reason(props: { name: string; hint?: string; isFirst?: boolean }) {
  return (
    <label>
      {t('preview.reason')}
      <input name={props.name} autocomplete="off" autofocus={props.isFirst ?? false} />
      {props.hint && <small class="quiet">{props.hint}</small>}
    </label>
  );
}

/** What a dialog's form is sent by, and left by. */
export function Buttons(props: { send: string; isOff: boolean; close: () => void; children?: ComponentChildren }) {
  return (
    <p class="buttons">
      <button class="primary" disabled={props.isOff}>
        {props.send}
      </button>
      {props.children}
      <button type="button" onClick={props.close}>
        {t('common.cancel')}
      </button>
    </p>
  );
}

export function Loading() {
  return (
    <div class="loading" role="status">
      <span class="pulse" aria-hidden="true" />
      {t('common.loading')}
    </div>
  );
}

/** Words for a failed request: the service's own, and what can be done. */
export function words(problem: Problem): string {
  if (problem.status === 0) return t('error.unreachable');
  return problem.hint ? `${problem.message} — ${problem.hint}` : problem.message;
}

export function Failure(props: { problem: Problem; again?: () => void; isUnreachable?: boolean }) {
  const { problem } = props;
  return (
    <div class="failure" role="alert">
      <h2>{problem.status === 403 ? t('error.forbidden') : t('error.title')}</h2>
      <p>{props.isUnreachable ? t('error.unreachable') : words(problem)}</p>
      {problem.requestId && <p class="small">{t('common.request', { id: problem.requestId })}</p>}
      {props.again && <button onClick={props.again}>{t('common.retry')}</button>}
    </div>
  );
}

export function Empty(props: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <svg viewBox="0 0 60 36" width="60" height="36" aria-hidden="true">
        <circle cx="22" cy="18" r="14" class="ring-a" />
        <circle cx="38" cy="18" r="14" class="ring-b" />
      </svg>
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

/** A record by its name; the source is told apart by its shade. */
export function RecordName({ name }: { name: Member }) {
  return (
    <span class="record-name" title={memberName(name)}>
      <span class="source">{name.source}</span>
      <span class="record-id">{name.record_id}</span>
    </span>
  );
}

export function CustomerLink({ id, name }: { id: string; name?: string }) {
  return (
    <a class="customer-link" href={href('customers', [id])}>
      {name || <code>{id}</code>}
    </a>
  );
}

/** What a customer is called: a person, else an organisation, else how to reach it. */
export function goldenName(golden: Record<string, { value: string }>): string {
  const value = (field: string) => golden[field]?.value ?? '';
  const person = [value('given_name'), value('family_name')].filter(Boolean).join(' ');
  return person || value('organisation') || value('email') || value('phone') || '—';
}

/** A line that tells more of a customer than its name. */
export function goldenLine(golden: Record<string, { value: string }>): string {
  const value = (field: string) => golden[field]?.value ?? '';
  const street = [value('street'), value('house_number')].filter(Boolean).join(' ');
  const town = [value('postcode'), value('city')].filter(Boolean).join(' ');
  return [street, town, value('email'), value('phone')].filter(Boolean).join(' · ');
}

export function verdictWord(verdict: string): string {
  return maybe(`verdict.${verdict}`, verdict);
}
