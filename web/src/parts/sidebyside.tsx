// Two drafts tried out on the same customers, side by side.
import { useEffect, useState } from 'preact/hooks';
import { api, type Draft, type Impact, type Trial } from '../api';
import { asProblem } from '../hooks';
import { fieldName, maybe, number, percent, t, type Key } from '../i18n';
import { words } from './basics';
import { OutlookView } from './impact';

const KINDS = ['merged', 'split', 'created', 'changed', 'retired'];

/** Follows a trial of a draft to its end. */
function useTrial(draft: Draft): Trial | string | null {
  const [found, setFound] = useState<Trial | string | null>(null);
  useEffect(() => {
    let isHere = true;
    let wait: ReturnType<typeof setTimeout> | undefined;
    const follow = (trial: Trial) => {
      if (!isHere) return;
      setFound(trial);
      if (trial.state === 'done' || trial.state === 'failed') return;
      wait = setTimeout(() => api.trial(trial.trial).then(follow, failed), 300);
    };
    const failed = (error: unknown) => isHere && setFound(words(asProblem(error)));
    setFound(null);
    api.tryRules(draft.text, draft.learns).then(follow, failed);
    return () => {
      isHere = false;
      clearTimeout(wait);
    };
  }, [draft.number, draft.text, draft.learns]);
  return found;
}

export function SideBySide({ drafts }: { drafts: [Draft, Draft] }) {
  const trials = [useTrial(drafts[0]), useTrial(drafts[1])];
  const impacts = trials.map((trial) => (trial && typeof trial !== 'string' ? trial.impact : undefined));
  const [a, b] = impacts;
  return (
    <>
      {!(a && b) && (
        <div class="side-heads">
          {drafts.map((draft, at) => (
            <Head key={draft.number} draft={draft} trial={trials[at] ?? null} />
          ))}
        </div>
      )}
      {a && b && <Table drafts={drafts} impacts={[a, b]} />}
    </>
  );
}

function Head({ draft, trial }: { draft: Draft; trial: Trial | string | null }) {
  const fault = typeof trial === 'string' ? trial : trial?.state === 'failed' ? trial.fault : null;
  const isDone = trial !== null && typeof trial !== 'string' && trial.state === 'done';
  return (
    <section>
      <h3>{t('rules.draft', { n: draft.number })}</h3>
      <p class="quiet small">{draft.reason || t('rules.by', { name: draft.author })}</p>
      {fault && <p class="wrong">{fault}</p>}
      {!fault && !isDone && (
        <p role="status" class="small">
          {t('rules.trying')}: {trial && typeof trial !== 'string' ? maybe(`rules.stage.${trial.stage}`, trial.stage) : t('common.loading')}
        </p>
      )}
      {!isDone && trial && typeof trial !== 'string' && trial.outlook && <OutlookView outlook={trial.outlook} />}
    </section>
  );
}

type Row = [label: string, a: string, b: string, differs: boolean];

function Table({ drafts, impacts }: { drafts: [Draft, Draft]; impacts: [Impact, Impact] }) {
  const row = (label: string, of: (impact: Impact) => number | undefined): Row => {
    const [a, b] = impacts.map((impact) => of(impact) ?? 0) as [number, number];
    return [label, number(a), number(b), a !== b];
  };
  const share = (label: string, of: (impact: Impact) => [number, number, number] | null): Row => {
    const [a, b] = impacts.map((impact) => {
      const found = of(impact);
      return found
        ? `${percent(found[0])} % (${t('impact.interval', { low: percent(found[1]), high: percent(found[2]) })})`
        : t('common.none');
    }) as [string, string];
    return [label, a, b, a !== b];
  };
  const sources = [...new Set(impacts.flatMap((impact) => impact.sources.map((one) => one.source)))].sort();
  const fields = [...new Set(impacts.flatMap((impact) => Object.keys(impact.golden)))];
  const groups: [string, Row[]][] = [
    [
      t('impact.customers'),
      [
        row(t('impact.before'), (impact) => impact.customers_before),
        row(t('impact.after'), (impact) => impact.customers),
        ...KINDS.map((kind) => row(t(`impact.${kind}` as Key), (impact) => impact.kinds[kind])),
      ],
    ],
    [
      t('impact.judged'),
      [
        share(t('impact.precision'), (impact) => impact.fit.precision),
        share(t('impact.recall'), (impact) => impact.fit.recall),
        row(t('rules.compare.contradicted'), (impact) => impact.contradicted.length),
      ],
    ],
    [
      t('impact.sources'),
      sources.flatMap((source) =>
        ['merged', 'split'].map((kind) =>
          row(`${source}: ${t(`impact.${kind}` as Key)}`, (impact) => impact.sources.find((one) => one.source === source)?.kinds[kind]),
        ),
      ),
    ],
    [t('impact.golden'), fields.map((field) => row(fieldName(field), (impact) => impact.golden[field]))],
  ];
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t('rules.compare.title')}>
      <table class="side-by-side">
        <thead>
          <tr>
            <td />
            {drafts.map((draft) => (
              <th scope="col" key={draft.number} class="figure">
                {t('rules.draft', { n: draft.number })}
              </th>
            ))}
          </tr>
        </thead>
        {groups
          .map(([title, rows]) => [title, rows.filter(([, a, b, differs]) => differs || (a !== '0' && b !== '0'))] as const)
          .filter(([, rows]) => rows.length > 0)
          .map(([title, rows]) => (
            <tbody key={title}>
              <tr>
                <th scope="rowgroup" colSpan={3}>
                  {title}
                </th>
              </tr>
              {rows.map(([label, a, b, differs]) => (
                <tr key={label} class={differs ? 'differs' : ''}>
                  <th scope="row">{label}</th>
                  <td class="figure">{a}</td>
                  <td class="figure">{b}</td>
                </tr>
              ))}
            </tbody>
          ))}
      </table>
    </div>
  );
}
