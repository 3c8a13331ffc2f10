// The audit log: who asked for what, when and why.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { api, type AuditEntry, type Problem } from '../api';
import { asProblem } from '../hooks';
import { number, t, time } from '../i18n';
import { CustomerLink, Empty, Failure, Loading } from '../parts/basics';
import { go, type Route } from '../route';

const PAGE = 60;
const EXPORT_PAGE = 1000;
const EXPORT_MAX = 50_000;

export function Audit({ route }: { route: Route }) {
  const filter = {
    who: route.query.get('who') ?? '',
    action: route.query.get('action') ?? '',
    subject: route.query.get('subject') ?? '',
  };
  const [items, setItems] = useState<AuditEntry[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const next = useRef<string | undefined>(undefined);
  const key = JSON.stringify(filter);
  const load = useCallback(
    async (isMore: boolean) => {
      try {
        const page = await api.audit({
          ...filter,
          limit: PAGE,
          ...(isMore && next.current ? { cursor: next.current } : {}),
        });
        next.current = page.next;
        setItems((known) => (isMore ? [...(known ?? []), ...page.items] : page.items));
        setProblem(null);
      } catch (error) {
        setProblem(asProblem(error));
      }
    },
    [key],
  );
  useEffect(() => {
    next.current = undefined;
    void load(false);
  }, [load]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const value = (name: string) => String(data.get(name) ?? '').trim();
    go('audit', [], { who: value('who'), action: value('action'), subject: value('subject') });
  };
  /** Everything that matches, as the log spells it: a JSON object a line. */
  const save = async () => {
    const lines: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api.audit({ ...filter, limit: EXPORT_PAGE, ...(cursor ? { cursor } : {}) });
      lines.push(...page.items.map((entry) => JSON.stringify(entry)));
      cursor = page.next;
    } while (cursor && lines.length < EXPORT_MAX);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([`${lines.join('\n')}\n`], { type: 'application/x-ndjson' }));
    link.download = 'audit.ndjson';
    link.click();
    URL.revokeObjectURL(link.href);
  };
  if (problem?.status === 403) return <Empty title={t('audit.forbidden')} />;
  if (problem) return <Failure problem={problem} again={() => void load(false)} />;
  return (
    <div class="audit">
      <header class="page-head">
        <div>
          <h1>{t('audit.title')}</h1>
          <p class="quiet">{t('audit.lead')}</p>
        </div>
        <button onClick={() => void save()}>{t('audit.export')}</button>
      </header>
      <form class="audit-filter" key={key} onSubmit={submit}>
        <label>
          {t('audit.filterWho')}
          <input name="who" defaultValue={filter.who} autocomplete="off" />
        </label>
        <label>
          {t('audit.filterAction')}
          <input name="action" defaultValue={filter.action} autocomplete="off" />
        </label>
        <label>
          {t('audit.filterSubject')}
          <input name="subject" defaultValue={filter.subject} placeholder="customer:…" autocomplete="off" />
        </label>
        <button>{t('audit.apply')}</button>
      </form>
      {!items && <Loading />}
      {items?.length === 0 && <Empty title={t('audit.none')} />}
      {items && items.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label={t('audit.title')}>
          <table class="log">
            <thead>
              <tr>
                {(['when', 'who', 'action', 'about', 'purpose', 'status'] as const).map((name) => (
                  <th scope="col" key={name} class={name === 'status' ? 'figure' : ''}>
                    {t(`audit.${name}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map((entry) => (
                <tr key={entry.seq} class={entry.status >= 400 ? 'refused' : ''}>
                  <td>
                    <time>{time(entry.at)}</time>
                  </td>
                  <td>{entry.who}</td>
                  <td>
                    <code>{entry.action}</code>
                  </td>
                  <td>
                    <Subjects subjects={entry.subjects ?? []} />
                  </td>
                  <td>{entry.why}</td>
                  <td class="figure">{entry.status}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next.current && (
        <p>
          <button onClick={() => void load(true)}>{t('common.more')}</button>
        </p>
      )}
    </div>
  );
}

function Subjects({ subjects }: { subjects: string[] }) {
  const shown = subjects.slice(0, 2);
  return (
    <>
      {shown.map((subject) => (
        <span key={subject} class="subject">
          {subject.startsWith('customer:') ? (
            <CustomerLink id={subject.slice('customer:'.length)} />
          ) : (
            <code title={subject}>{subject.slice(0, 18)}</code>
          )}{' '}
        </span>
      ))}
      {subjects.length > shown.length && (
        <small class="quiet">{t('audit.more', { n: number(subjects.length - shown.length) })}</small>
      )}
    </>
  );
}
