// Why two records are one customer, or are not, blocking included, and what
// would have joined them.
import { useState } from 'preact/hooks';
import { api, type DecisionStep, type Explanation, type KeyFinding, type Member, type Verdict } from '../api';
import { asProblem, useLoaded } from '../hooks';
import { list, number, t, type Key } from '../i18n';
import { Empty, Failure, Loading, words } from '../parts/basics';
import { PairTable, Raw, Waterfall } from '../parts/pair';
import { tellProposed } from '../parts/proposals';
import { sentences } from '../parts/sentence';
import { go, type Route } from '../route';
import { may, tell } from '../store';

function parsed(text: string): Member | null {
  const at = text.indexOf(':');
  return at > 0 && at < text.length - 1 ? { source: text.slice(0, at).trim(), record_id: text.slice(at + 1).trim() } : null;
}

export function Why({ route }: { route: Route }) {
  const [a, b] = [route.query.get('a') ?? '', route.query.get('b') ?? ''];
  const [first, second] = [parsed(a), parsed(b)];
  return (
    <div class="why">
      <h1>{t('why.title')}</h1>
      <p class="quiet">{t('why.lead')}</p>
      <Form key={`${a} ${b}`} a={a} b={b} />
      {first && second ? (
        <Answer key={`answer ${a} ${b}`} a={first} b={second} />
      ) : (
        (a || b) && <Empty title={t('why.form')} />
      )}
    </div>
  );
}

function Form(props: { a: string; b: string }) {
  const [isWrong, setWrong] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const [a, b] = ['a', 'b'].map((name) => String(data.get(name) ?? '').trim());
    if (!parsed(a ?? '') || !parsed(b ?? '')) return setWrong(true);
    go('why', [], { a: a ?? '', b: b ?? '' });
  };
  return (
    <form class="why-form" onSubmit={submit}>
      {(['a', 'b'] as const).map((name) => (
        <label key={name}>
          {t(name === 'a' ? 'why.first' : 'why.second')}
          <input
            name={name}
            defaultValue={props[name]}
            placeholder={t('why.hint')}
            autocomplete="off"
            spellcheck={false}
            required
            aria-invalid={isWrong}
            onInput={() => setWrong(false)}
          />
        </label>
      ))}
      <button class="primary">{t('why.ask')}</button>
      {isWrong && (
        <p class="small wrong" role="alert">
          {t('why.form')}
        </p>
      )}
    </form>
  );
}

function Answer({ a, b }: { a: Member; b: Member }) {
  const found = useLoaded(() => api.explain(a, b), [a.source, a.record_id, b.source, b.record_id]);
  if (found.problem) return <Failure problem={found.problem} again={found.again} />;
  if (!found.value) return <Loading />;
  const told = found.value;
  const brought = told.keys.filter((key) => key.verdict === 'brought').length;
  const decide = async (verdict: Verdict) => {
    const step: DecisionStep = { as: verdict, pairs: [{ a, b }] };
    try {
      const made = await api.decide([step], '', false);
      if (made.proposal) return tellProposed(made.proposal, found.again);
      found.again();
      const undo = () =>
        api.decide(made.undo.map((pair) => ({ as: pair.as, pairs: [{ a: pair.a, b: pair.b }] })), '', false).then(
          (back) => (back.proposal ? tellProposed(back.proposal, found.again) : found.again()),
          (error: unknown) => tell(words(asProblem(error)), { kind: 'failed' }),
        );
      tell(t(`review.decided.${verdict}` as Key), { action: { label: t('review.undo'), run: () => void undo() } });
    } catch (error) {
      tell(words(asProblem(error)), { kind: 'failed' });
    }
  };
  return (
    <div class="answer">
      <section class="verdict">
        <p class={told.together ? 'big together' : 'big apart'}>{t(told.together ? 'why.together' : 'why.apart')}</p>
        <p>{verdictOf(told)}</p>
        <p>{sentences(told).join(' ')}</p>
        <p>
          {!told.allowed ? t('why.notAllowed') : t(told.compared ? 'why.compared' : 'why.notCompared')}{' '}
          <span class="quiet">{t('why.keysShared', { n: number(brought), all: number(told.keys.length) })}</span>
        </p>
        {!told.together && <Would found={told} brought={brought} />}
        {may('steward') && (
          <p class="buttons">
            <button class="same" onClick={() => void decide('same')}>
              {t('review.same')}
            </button>
            <button class="different" onClick={() => void decide('different')}>
              {t('review.different')}
            </button>
          </p>
        )}
      </section>
      <section class="question plain-question">
        <PairTable found={told} a={a} b={b} />
        <h2>{t('review.waterfall')}</h2>
        <Waterfall found={told} />
        <Raw found={told} />
      </section>
      <section>
        <h2>{t('why.keys')}</h2>
        <Keys keys={told.keys} />
      </section>
    </div>
  );
}

function verdictOf(found: Explanation): string {
  const isLink = found.weight >= found.link_weight;
  const evidence = isLink
    ? t('why.verdictLink')
    : t(found.weight >= found.review_weight ? 'why.verdictReview' : 'why.verdictNone');
  if (isLink && !found.together && found.compared) return `${evidence} ${t('why.notJoined')}`;
  if (found.entity) {
    const { record, others, weight } = found.entity;
    return `${evidence} ${t('why.entity', { record, n: number(others), bits: number(weight, 1) })}`;
  }
  if (!isLink && found.together) return `${evidence} ${t('why.otherwise')}`;
  return evidence;
}

function Would({ found, brought }: { found: Explanation; brought: number }) {
  const below = found.weight < found.link_weight;
  return (
    <>
      <h2>{t('why.would')}</h2>
      <ul>
        {below && found.probability > 0.001 && (
          <li>{t('why.wouldThreshold', { n: number(found.probability * 100, found.probability < 0.1 ? 1 : 0) })}</li>
        )}
        {!brought && <li>{t('why.wouldKey')}</li>}
        <li>{t('why.wouldDecision')}</li>
      </ul>
    </>
  );
}

const KEYS_MAX = 8;

function Keys({ keys }: { keys: KeyFinding[] }) {
  const [isAll, setAll] = useState(false);
  const ordered = [...keys].sort((a, b) => Number(b.verdict === 'brought') - Number(a.verdict === 'brought'));
  const shown = isAll ? ordered : ordered.slice(0, KEYS_MAX);
  return (
    <>
      <table class="keys">
        <thead>
          <tr>
            <th scope="col">{t('why.key')}</th>
            <th scope="col">{t('why.keyVerdict')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((finding) => (
            <tr key={finding.key} class={finding.verdict}>
              <th scope="row">
                <code>{finding.key}</code>
              </th>
              <td>{keyWords(finding)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {!isAll && keys.length > KEYS_MAX && <button onClick={() => setAll(true)}>{t('why.keysAll')}</button>}
    </>
  );
}

function keyWords(finding: KeyFinding): string {
  switch (finding.verdict) {
    case 'split':
      return t('why.key.split', { n: number(finding.records ?? 0) });
    case 'missing':
      return t('why.key.missing', { list: list([...new Set([...(finding.a ?? []), ...(finding.b ?? [])])]) });
    case 'differs':
      return finding.expressions?.length
        ? t('why.key.differs', { list: list(finding.expressions) })
        : t('why.key.many');
    default:
      return t(`why.key.${finding.verdict}` as Key);
  }
}
