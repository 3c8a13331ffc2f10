// The rules: versions and drafts, an editor, what a draft would change, and how
// it comes into force and is taken back.
import { lazy, Suspense } from 'preact/compat';
import { useEffect, useState } from 'preact/hooks';
import { api, type DiffLine, type Draft, type Fault, type Ruleset, type Trial, type Version } from '../api';
import { asProblem, useLoaded } from '../hooks';
import { maybe, number, t, time } from '../i18n';
import { Buttons, Dialog, Failure, Loading, Reason, words } from '../parts/basics';
import { ImpactView, OutlookView } from '../parts/impact';
import { RuleForm } from '../parts/ruleform';
import type { Schema } from '../parts/schema';
import { SideBySide } from '../parts/sidebyside';
import { go, type Route } from '../route';
import { may, me, tell } from '../store';

const Editor = lazy(() => import('../parts/editor').then((part) => ({ default: part.Editor })));

export function Rules({ route }: { route: Route }) {
  const found = useLoaded(() => api.rules(), []);
  if (found.problem) return <Failure problem={found.problem} again={found.again} />;
  if (!found.value) return <Loading />;
  const rules = found.value;
  const [what, which] = route.parts;
  const draft = what === 'draft' ? rules.drafts.find((one) => String(one.number) === which) : undefined;
  const version = what === 'version' ? rules.versions.find((one) => String(one.version) === which) : undefined;
  const isNew = what === 'new';
  const compared = what === 'compare' ? pick(rules.drafts, route) : null;
  const chosen = version ?? rules.versions.find((one) => one.is_in_force);
  return (
    <div class="rules">
      <header class="page-head">
        <div>
          <h1>{t('rules.title')}</h1>
          <p class="quiet">{t('rules.lead')}</p>
        </div>
      </header>
      <div class="rules-grid">
        <aside>
          <h2>{t('rules.drafts')}</h2>
          {rules.drafts.length === 0 && <p class="quiet small">{t('rules.noDrafts')}</p>}
          <ul class="versions">
            {rules.drafts.map((one) => (
              <li key={one.number} aria-current={one === draft ? 'true' : undefined}>
                <button class="plain" onClick={() => go('rules', ['draft', String(one.number)])}>
                  <strong>{t('rules.draft', { n: one.number })}</strong>
                  {one.is_submitted && <em class="tag">{t('rules.submitted')}</em>}
                  <small>
                    {one.reason || t('rules.by', { name: one.author })} · {time(one.at)}
                  </small>
                </button>
              </li>
            ))}
          </ul>
          {may('steward') && (
            <p>
              <button onClick={() => go('rules', ['new'], { from: String(rules.in_force) })}>{t('rules.newDraft')}</button>
            </p>
          )}
          {rules.drafts.length > 1 && (may('steward') || may('approver')) && (
            <p>
              <button class="plain" onClick={() => go('rules', ['compare'])}>
                {t('rules.compare')}
              </button>
            </p>
          )}
          <h2>{t('rules.versions')}</h2>
          <ul class="versions">
            {rules.versions.map((one) => (
              <li key={one.version} aria-current={!draft && !isNew && !compared && one === chosen ? 'true' : undefined}>
                <button class="plain" onClick={() => go('rules', ['version', String(one.version)])}>
                  <strong>{t('rules.version', { n: one.version })}</strong>
                  {one.is_in_force && <em class="tag in-force">{t('rules.inForce')}</em>}
                  <small>{about(one)}</small>
                </button>
              </li>
            ))}
          </ul>
        </aside>
        {compared ? (
          <Comparing drafts={rules.drafts} pair={compared} />
        ) : isNew || draft ? (
          <Desk
            key={draft ? `draft ${draft.number}` : 'new'}
            rules={rules}
            draft={draft ?? null}
            from={Number(route.query.get('from') ?? rules.in_force)}
            again={found.again}
          />
        ) : (
          chosen && <OneVersion key={chosen.version} rules={rules} version={chosen} again={found.again} />
        )}
      </div>
    </div>
  );
}

/** The two drafts that the address names, or the latest two. */
function pick(drafts: Draft[], route: Route): [Draft, Draft] | null {
  const named = (key: string) => drafts.find((one) => String(one.number) === route.query.get(key));
  const latest = [...drafts].reverse();
  const a = named('a') ?? latest[1];
  const b = named('b') ?? latest.find((one) => one !== a);
  return a && b && a !== b ? [a, b] : null;
}

function Comparing(props: { drafts: Draft[]; pair: [Draft, Draft] }) {
  const [tab, setTab] = useState('impact');
  const [a, b] = props.pair;
  const choose = (key: 'a' | 'b', of: Draft, other: Draft) => (
    <label>
      {t(key === 'a' ? 'rules.compare.first' : 'rules.compare.second')}
      <select
        value={of.number}
        onChange={(event) => {
          const next = event.currentTarget.value;
          go('rules', ['compare'], key === 'a' ? { a: next, b: String(b.number) } : { a: String(a.number), b: next });
        }}
      >
        {props.drafts
          .filter((one) => one !== other)
          .map((one) => (
            <option key={one.number} value={one.number}>
              {t('rules.draft', { n: one.number })} {one.reason && `· ${one.reason}`}
            </option>
          ))}
      </select>
    </label>
  );
  return (
    <section class="rule-desk">
      <header>
        <h2>{t('rules.compare.title')}</h2>
      </header>
      <div class="draft-about">
        {choose('a', a, b)}
        {choose('b', b, a)}
      </div>
      <Tabs
        tabs={[
          ['impact', t('rules.tab.impact')],
          ['diff', t('rules.tab.diff')],
        ]}
        tab={tab}
        setTab={setTab}
      />
      {tab === 'impact' ? (
        <SideBySide key={`${a.number} ${b.number}`} drafts={props.pair} />
      ) : (
        <Difference before={{ draft: a.number }} after={{ draft: b.number }} />
      )}
    </section>
  );
}

function about(version: Version): string {
  if (!version.author && !version.reason) return t(version.version === 1 ? 'rules.first' : 'rules.learned');
  return [version.reason, t('rules.by', { name: version.author }), version.at && time(version.at)].filter(Boolean).join(' · ');
}

function OneVersion(props: { rules: Ruleset; version: Version; again: () => void }) {
  const { rules, version } = props;
  const [tab, setTab] = useState<'text' | 'diff'>('text');
  const [isAsking, setAsking] = useState(false);
  const text = useLoaded(() => api.ruleText(version.version), [version.version]);
  return (
    <section class="rule-desk">
      <header>
        <h2>
          {t('rules.version', { n: version.version })} {version.is_in_force && <em class="tag in-force">{t('rules.inForce')}</em>}
        </h2>
        <p class="buttons">
          {may('steward') && (
            <button onClick={() => go('rules', ['new'], { from: String(version.version) })}>{t('rules.draftFrom')}</button>
          )}
          {may('approver') && !version.is_in_force && (
            <button onClick={() => setAsking(true)}>{t('rules.rollback')}</button>
          )}
        </p>
      </header>
      <p class="quiet small">
        {about(version)}
        {version.approver && version.approver !== version.author && ` · ${t('rules.approvedBy', { name: version.approver })}`}
      </p>
      {!version.is_in_force && (
        <Tabs
          tabs={[
            ['text', t('rules.tab.text')],
            ['diff', t('rules.tab.diff')],
          ]}
          tab={tab}
          setTab={(next) => setTab(next as 'text' | 'diff')}
        />
      )}
      {text.problem && <Failure problem={text.problem} />}
      {tab === 'diff' ? (
        <Difference before={{ version: version.version }} after={{ version: rules.in_force }} against={rules.in_force} />
      ) : (
        text.value && (
          <>
            <Suspense fallback={<div class="editor" />}>
              <Editor
                text={text.value.text}
                label={t('rules.editor')}
                isReadOnly
                schema={null}
                learns={false}
                change={() => {}}
                faults={() => {}}
              />
            </Suspense>
            <p class="quiet small">{t('rules.readOnly')}</p>
          </>
        )
      )}
      {isAsking && <RollBack version={version.version} close={() => setAsking(false)} done={props.again} />}
    </section>
  );
}

function RollBack(props: { version: number; close: () => void; done: () => void }) {
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get('reason') ?? '');
    setBusy(true);
    try {
      const made = await api.rollBack(props.version, reason);
      tell(t('rules.applied', { n: made.version }));
      props.close();
      props.done();
      go('rules', ['version', String(made.version)]);
    } catch (error) {
      tell(words(asProblem(error)), { kind: 'failed' });
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('rules.rollbackTitle', { n: props.version })} close={props.close}>
      <p>{t('rules.rollbackLead')}</p>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <Reason name="reason" isFirst />
        <Buttons send={t(isBusy ? 'rules.applying' : 'rules.rollback')} isOff={isBusy} close={props.close} />
      </form>
    </Dialog>
  );
}

type Tab = 'text' | 'form' | 'diff' | 'impact';

function Desk(props: { rules: Ruleset; draft: Draft | null; from: number; again: () => void }) {
  const { rules, draft } = props;
  const [text, setText] = useState<string | null>(draft?.text ?? null);
  const [reason, setReason] = useState(draft?.reason ?? '');
  const [learns, setLearns] = useState(draft?.learns ?? false);
  const [faults, setFaults] = useState<Fault[]>([]);
  const [tab, setTab] = useState<Tab>('text');
  const [trial, setTrial] = useState<Trial | null>(null);
  const [tried, setTried] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const [schema, setSchema] = useState<Schema | null>(null);
  useEffect(() => {
    api.ruleSchema().then((found) => setSchema(found as Schema), () => {});
    // The first trial is quick then; where it cannot be had, it is only slower.
    if (may('steward') || may('approver')) api.prepareTrials().catch(() => {});
    if (!draft) api.ruleText(props.from).then((found) => setText(found.text), (error) => tell(words(asProblem(error)), { kind: 'failed' }));
  }, []);
  useEffect(() => {
    if (!trial || trial.state === 'done' || trial.state === 'failed') return;
    const wait = setTimeout(() => {
      api.trial(trial.trial).then(setTrial, (error: unknown) => {
        tell(words(asProblem(error)), { kind: 'failed' });
        setTrial(null);
      });
    }, 300);
    return () => clearTimeout(wait);
  }, [trial]);
  if (text === null) return <Loading />;
  const isSteward = may('steward');
  const isSaved = draft !== null && draft.text === text && draft.reason === reason && draft.learns === learns;
  const save = async (submit: boolean) => {
    setBusy(true);
    try {
      const saved = await api.saveDraft({ ...(draft ? { number: draft.number } : {}), text, reason, learns, submit });
      tell(t(submit ? 'rules.submittedDone' : 'rules.saved', { n: saved.number }));
      props.again();
      go('rules', ['draft', String(saved.number)]);
    } catch (error) {
      tell(words(asProblem(error)), { kind: 'failed' });
    } finally {
      setBusy(false);
    }
  };
  const tryOut = async () => {
    setTab('impact');
    setTried(`${learns} ${text}`);
    try {
      setTrial(await api.tryRules(text, learns));
    } catch (error) {
      setTrial(null);
      tell(words(asProblem(error)), { kind: 'failed' });
    }
  };
  const drop = async () => {
    if (!draft) return go('rules');
    try {
      await api.dropDraft(draft.number);
      tell(t('rules.dropped', { n: draft.number }));
      go('rules');
      props.again();
    } catch (error) {
      tell(words(asProblem(error)), { kind: 'failed' });
    }
  };
  const isOwn = draft?.author === me.get()?.name;
  const waits = rules.four_eyes && isOwn;
  return (
    <section class="rule-desk">
      <header>
        <h2>
          {draft ? t('rules.draft', { n: draft.number }) : t('rules.newDraft')}{' '}
          {draft?.is_submitted && <em class="tag">{t('rules.submitted')}</em>}
        </h2>
        <p class="buttons">
          <button class="primary" disabled={faults.length > 0 || trial?.state === 'running' || trial?.state === 'waiting'} onClick={() => void tryOut()}>
            {t('rules.try')}
          </button>
          {isSteward && (
            <>
              <button disabled={isBusy || isSaved} onClick={() => void save(false)}>
                {t('rules.save')}
              </button>
              <button disabled={isBusy || faults.length > 0 || (isSaved && draft?.is_submitted)} onClick={() => void save(true)}>
                {t('rules.submit')}
              </button>
              <button class="plain" onClick={() => void drop()}>
                {t('rules.drop')}
              </button>
            </>
          )}
          {may('approver') && draft?.is_submitted && isSaved && (
            <button class="same" disabled={waits} onClick={() => setAsking(true)}>
              {t('rules.apply')}
            </button>
          )}
        </p>
      </header>
      {draft?.is_submitted && (
        <p class="quiet small">{waits ? t('rules.fourEyes') : may('approver') ? '' : t('rules.needsApprover')}</p>
      )}
      <div class="draft-about">
        <label class="wide-field">
          {t('rules.reason')}
          <input value={reason} disabled={!isSteward} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <label class="check">
          <input type="checkbox" checked={learns} disabled={!isSteward} onChange={(event) => setLearns(event.currentTarget.checked)} />
          <span>{t('rules.learns')}</span>
        </label>
      </div>
      <Tabs
        tabs={[
          ['text', t('rules.tab.text')],
          ['form', t('rules.tab.form')],
          ['diff', t('rules.tab.diff')],
          ['impact', t('rules.tab.impact')],
        ]}
        tab={tab}
        setTab={(next) => setTab(next as Tab)}
      />
      {tab === 'text' && (
        <>
          <Suspense fallback={<div class="editor" />}>
            <Editor
              text={text}
              label={t('rules.editor')}
              isReadOnly={!isSteward}
              schema={schema}
              learns={learns}
              change={setText}
              faults={setFaults}
            />
          </Suspense>
          <FaultList faults={faults} />
        </>
      )}
      {tab === 'form' && <RuleForm text={text} setText={setText} isReadOnly={!isSteward} />}
      {tab === 'diff' && <Difference before={{ version: rules.in_force }} after={{ text }} against={rules.in_force} />}
      {tab === 'impact' && (
        <ImpactTab trial={trial} isStale={trial !== null && tried !== `${learns} ${text}`} />
      )}
      {isAsking && draft && (
        <Apply
          draft={draft}
          inForce={rules.in_force}
          close={() => setAsking(false)}
          done={props.again}
        />
      )}
    </section>
  );
}

function Apply(props: { draft: Draft; inForce: number; close: () => void; done: () => void }) {
  const [isBusy, setBusy] = useState(false);
  const apply = async () => {
    setBusy(true);
    try {
      const made = await api.applyDraft(props.draft.number, props.inForce);
      tell(t('rules.applied', { n: made.version }));
      props.close();
      go('rules', ['version', String(made.version)]);
      props.done();
    } catch (error) {
      tell(words(asProblem(error)), { kind: 'failed' });
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('rules.applyTitle', { n: props.draft.number })} close={props.close}>
      <p>{t('rules.applyLead', { version: props.inForce })}</p>
      {props.draft.reason && <blockquote>{props.draft.reason}</blockquote>}
      <p class="buttons">
        <button class="primary" disabled={isBusy} onClick={() => void apply()}>
          {isBusy ? t('rules.applying') : t('rules.apply')}
        </button>
        <button onClick={props.close}>{t('common.cancel')}</button>
      </p>
    </Dialog>
  );
}

function Tabs(props: { tabs: [string, string][]; tab: string; setTab: (tab: string) => void }) {
  return (
    <div class="segments tabs" role="group">
      {props.tabs.map(([name, label]) => (
        <button type="button" key={name} aria-pressed={props.tab === name} onClick={() => props.setTab(name)}>
          {label}
        </button>
      ))}
    </div>
  );
}

function FaultList({ faults }: { faults: Fault[] }) {
  return (
    <div class="faults" role="status">
      {faults.length === 0 ? (
        <p class="small sound">{t('rules.sound')}</p>
      ) : (
        <>
          <p class="small wrong">{faults.length === 1 ? t('rules.fault') : t('rules.faults', { n: number(faults.length) })}</p>
          <ul>
            {faults.slice(0, 20).map((fault) => (
              <li key={`${fault.from} ${fault.message}`}>
                <small>{t('rules.faultAt', { line: fault.line, column: fault.column })}</small> {fault.message}
                {fault.hint && <small class="quiet">{fault.hint}</small>}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

const CONTEXT = 3;

function Difference(props: { before: object; after: object; against?: number }) {
  const found = useLoaded(() => api.diff(props.before, props.after), [JSON.stringify(props.before), JSON.stringify(props.after)]);
  if (found.problem) return <Failure problem={found.problem} again={found.again} />;
  if (!found.value) return <Loading />;
  const { lines } = found.value;
  if (lines.every((line) => line.kind === 'same')) return <p class="quiet">{t('rules.noDiff')}</p>;
  return (
    <>
      {props.against !== undefined && <p class="small quiet">{t('rules.against', { n: props.against })}</p>}
      <div class="scroll" tabIndex={0} role="region" aria-label={t('rules.tab.diff')}>
        <table class="diff">
          <tbody>
            {near(lines).map((line, at) =>
              line ? (
                <tr key={at} class={line.kind}>
                  <td class="number">{line.before}</td>
                  <td class="number">{line.after}</td>
                  <td class="sign">{{ same: '', added: '+', removed: '−' }[line.kind]}</td>
                  <td>
                    <code>{line.text || ' '}</code>
                  </td>
                </tr>
              ) : (
                <tr key={at} class="gap">
                  <td colSpan={4}>⋯</td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Changed lines with a few around them; `null` stands for what is left out. */
function near(lines: DiffLine[]): (DiffLine | null)[] {
  const keep = lines.map((_, at) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some((line) => line.kind !== 'same'),
  );
  const shown: (DiffLine | null)[] = [];
  lines.forEach((line, at) => {
    if (keep[at]) shown.push(line);
    else if (shown.length === 0 || shown[shown.length - 1] !== null) shown.push(null);
  });
  return shown;
}

function ImpactTab({ trial, isStale }: { trial: Trial | null; isStale: boolean }) {
  if (!trial) return <p class="quiet">{t('rules.notTried')}</p>;
  if (trial.state === 'failed') return <p class="wrong">{trial.fault}</p>;
  if (trial.state !== 'done' || !trial.impact) {
    const stage = maybe(`rules.stage.${trial.stage}`, trial.stage);
    return (
      <div class="trial" role="status">
        <p>
          {t('rules.trying')}: {stage} <small class="quiet">{t('common.seconds', { n: number(trial.seconds, 0) })}</small>
        </p>
        <progress value={trial.share ?? undefined} max={1} aria-label={t('rules.trying')} />
        {trial.outlook && <OutlookView outlook={trial.outlook} />}
      </div>
    );
  }
  return (
    <>
      {isStale && <p class="notice">{t('rules.stale')}</p>}
      <ImpactView impact={trial.impact} />
    </>
  );
}
