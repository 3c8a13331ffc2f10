// The review queue: one question after another, the decision in the middle.
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import {
  api,
  memberName,
  type Claim,
  type Explanation,
  type Note,
  type Question,
  type Questions,
  type UndoPair,
  type Verdict,
} from '../api';
import { asProblem, useKeys, useLoaded } from '../hooks';
import { number, percent, records, t, time, type Key } from '../i18n';
import { Dialog, Empty, Failure, Loading, RecordName, words } from '../parts/basics';
import { EffectLines } from '../parts/effect';
import { PairTable, Raw, Waterfall } from '../parts/pair';
import { Proposals, tellProposed } from '../parts/proposals';
import { sentences } from '../parts/sentence';
import { customerHref, go, type Route } from '../route';
import { may, me, tell } from '../store';

const PAGE = 40;
const KINDS = ['pair', 'cut', 'bridge', 'large', 'changed'] as const;

/** What was explained, so that the next pair is there before it is asked for. */
const explained = new Map<string, Promise<Explanation>>();

function keyOf(question: Question): string {
  return `${memberName(question.a)} ${memberName(question.b)}`;
}

function explain(question: Question): Promise<Explanation> {
  const key = keyOf(question);
  let known = explained.get(key);
  if (!known) {
    if (explained.size > 60) explained.clear();
    known = api.explain(question.a, question.b);
    known.catch(() => explained.delete(key));
    explained.set(key, known);
  }
  return known;
}

interface Done {
  question: Question;
  undo: UndoPair[];
  /** The proposal that waits instead, where somebody else must approve. */
  proposal?: number;
}

export function Review({ route }: { route: Route }) {
  const kind = route.query.get('kind') ?? '';
  const source = route.query.get('source') ?? '';
  const isMine = route.query.get('mine') === '1';
  const isProposed = kind === 'proposed';
  const [page, setPage] = useState<Questions | null>(null);
  const [items, setItems] = useState<Question[]>([]);
  const [at, setAt] = useState(0);
  const [failure, setFailure] = useState<unknown>(null);
  const [done, setDone] = useState<Done[]>([]);
  const [count, setCount] = useState(0);
  const [panel, setPanel] = useState<'comment' | 'bulk' | null>(null);
  const [isDeciding, setDeciding] = useState(false);
  const cursor = useRef<string | undefined>(undefined);

  const load = useCallback(
    async (isMore: boolean) => {
      try {
        const assigned = isMine ? me.get()?.name : undefined;
        const found = await api.review({
          kind: kind === 'proposed' ? '' : kind,
          source,
          ...(assigned ? { assigned } : {}),
          limit: PAGE,
          ...(isMore && cursor.current ? { cursor: cursor.current } : {}),
        });
        cursor.current = found.next;
        setPage(found);
        setItems((known) => {
          if (!isMore) return found.items;
          const there = new Set(known.map(keyOf));
          return [...known, ...found.items.filter((item) => !there.has(keyOf(item)))];
        });
        if (!isMore) setAt(0);
        setFailure(null);
      } catch (error) {
        setFailure(error);
      }
    },
    [kind, source, isMine],
  );
  useEffect(() => {
    setPage(null);
    cursor.current = undefined;
    void load(false);
  }, [load]);

  const question = isProposed ? undefined : items[at];
  useEffect(() => {
    const next = items.slice(at, at + 3);
    next.forEach((one) => void explain(one).catch(() => {}));
    if (items.length - at < 8 && cursor.current) void load(true);
  }, [at, items, load]);

  const remove = (gone: Question[]) => {
    const keys = new Set(gone.map(keyOf));
    setItems((known) => {
      const left = known.filter((item) => !keys.has(keyOf(item)));
      setAt((place) => Math.max(0, Math.min(place, left.length - 1)));
      return left;
    });
  };

  const decide = async (verdict: Verdict, which?: Question[]) => {
    const questions = which ?? (question ? [question] : []);
    const first = questions[0];
    if (!first || isDeciding || isProposed || !may('steward')) return;
    setDeciding(true);
    const pairs = questions.map((one) => ({ a: bare(one.a), b: bare(one.b) }));
    try {
      const made = await api.decide([{ as: verdict, pairs }], '', true);
      const { proposal } = made;
      const entry: Done = { question: first, undo: made.undo, ...(proposal ? { proposal: proposal.number } : {}) };
      setDone((known) => [...known, entry]);
      setCount((known) => known + questions.length);
      remove(questions);
      setPanel(null);
      const text = proposal
        ? t('proposal.made')
        : questions.length > 1
          ? t('review.decided.many', { n: number(questions.length) })
          : t(`review.decided.${verdict}` as Key);
      tell(text, {
        detail: `${first.name_a} · ${first.name_b}`,
        action: { label: t('review.undo'), run: () => void undo(entry) },
      });
    } catch (error) {
      const problem = asProblem(error);
      if (problem.status === 412) {
        tell(t('review.conflict'), { kind: 'failed' });
        remove(questions.slice(0, 1));
      } else tell(words(problem), { kind: 'failed' });
    } finally {
      setDeciding(false);
    }
  };

  const undo = async (which?: Done) => {
    const last = which ?? done[done.length - 1];
    if (!last) return;
    const byVerdict = new Map<Verdict, { a: UndoPair['a']; b: UndoPair['b'] }[]>();
    last.undo.forEach(({ a, b, as }) => byVerdict.set(as, [...(byVerdict.get(as) ?? []), { a, b }]));
    try {
      if (last.proposal !== undefined) await api.turnDown(last.proposal, '');
      else {
        const back = await api.decide([...byVerdict].map(([as, pairs]) => ({ as, pairs })), '', false);
        // Taking back may itself join customers, and then waits.
        if (back.proposal) return tellProposed(back.proposal, () => void load(false));
      }
      setDone((known) => known.filter((one) => one !== last));
      setCount((known) => Math.max(0, known - Math.max(1, last.undo.length)));
      explained.delete(keyOf(last.question));
      setItems((known) => [last.question, ...known.filter((item) => keyOf(item) !== keyOf(last.question))]);
      setAt(0);
      tell(t('review.undone'), { detail: `${last.question.name_a} · ${last.question.name_b}` });
    } catch (error) {
      tell(words(asProblem(error)), { kind: 'failed' });
    }
  };

  const move = (by: number) => setAt((place) => Math.max(0, Math.min(items.length - 1, place + by)));
  useKeys({
    '1': () => void decide('same'),
    s: () => void decide('same'),
    '2': () => void decide('different'),
    d: () => void decide('different'),
    '3': () => void decide('unsure'),
    u: () => void decide('unsure'),
    z: () => void undo(),
    j: () => move(1),
    k: () => move(-1),
    ArrowRight: () => move(1),
    ArrowLeft: () => move(-1),
    c: () => question && setPanel('comment'),
    b: () => question && question.alike > 1 && setPanel('bulk'),
    '9': () => question && go('customers', [question.customer_a]),
    '0': () => question && go('customers', [question.customer_b]),
  });

  if (failure) return <Failure problem={asProblem(failure)} again={() => void load(false)} />;
  if (!page) return <Loading />;
  const open = KINDS.reduce((sum, one) => sum + (page.open[one] ?? 0), 0);
  const filter = (next: { kind?: string; source?: string; mine?: string }) =>
    go('review', [], { kind, source, mine: isMine ? '1' : '', ...next });
  return (
    <div class="review">
      <header class="page-head">
        <div>
          <h1>{t('review.title')}</h1>
          <p class="quiet">{t('review.lead')}</p>
        </div>
        <form class="filters" aria-label={t('review.filter')}>
          <div class="segments" role="group" aria-label={t('review.kind')}>
            <button type="button" aria-pressed={kind === ''} onClick={() => filter({ kind: '' })}>
              {t('common.all')} <small>{number(open)}</small>
            </button>
            {KINDS.filter((one) => (page.open[one] ?? 0) > 0 || one === kind).map((one) => (
              <button type="button" key={one} aria-pressed={kind === one} onClick={() => filter({ kind: one })}>
                {t(`review.kind.${one}`)} <small>{number(page.open[one] ?? 0)}</small>
              </button>
            ))}
            {(page.sample > 0 || kind === 'sample') && (
              <button type="button" aria-pressed={kind === 'sample'} onClick={() => filter({ kind: 'sample' })}>
                {t('review.kind.sample')} <small>{number(page.sample)}</small>
              </button>
            )}
            {(page.proposed > 0 || isProposed) && (
              <button type="button" aria-pressed={isProposed} onClick={() => filter({ kind: 'proposed' })}>
                {t('review.kind.proposed')} <small>{number(page.proposed)}</small>
              </button>
            )}
          </div>
          <label class="inline">
            {t('review.source')}
            <select value={source} onChange={(event) => filter({ source: event.currentTarget.value })}>
              <option value="">{t('common.all')}</option>
              {Object.entries(page.sources).map(([name, found]) => (
                <option key={name} value={name}>
                  {name} ({number(found)})
                </option>
              ))}
            </select>
          </label>
          <label class="check">
            <input type="checkbox" checked={isMine} onChange={(event) => filter({ mine: event.currentTarget.checked ? '1' : '' })} />
            <span>{t('review.mine')}</span>
          </label>
        </form>
      </header>
      {isProposed ? (
        <Proposals done={() => void load(false)} />
      ) : !question ? (
        <Empty title={kind || source || isMine ? t('review.emptyFilter') : t('review.empty')}>
          <p>{kind || source || isMine ? '' : t('review.emptyLead')}</p>
          {done.length > 0 && <button onClick={() => void undo()}>{t('review.undo')}</button>}
        </Empty>
      ) : (
        <div class="desk">
          <Card
            key={keyOf(question)}
            question={question}
            decide={decide}
            undo={() => void undo()}
            hasUndo={done.length > 0}
            isDeciding={isDeciding}
            openPanel={setPanel}
          />
          <aside>
            <Effect question={question} key={`effect ${keyOf(question)}`} />
            <section class="next">
              <h2>
                {t('review.queue')} <small class="quiet">{count ? t('review.done', { n: number(count) }) : ''}</small>
              </h2>
              <ol>
                {items.slice(Math.max(0, at - 1), at + 9).map((item) => (
                  <li key={keyOf(item)} aria-current={item === question ? 'true' : undefined}>
                    <button class="plain" onClick={() => setAt(items.indexOf(item))}>
                      <span class="names">
                        {item.name_a || memberName(item.a)} <i>·</i> {item.name_b || memberName(item.b)}
                      </span>
                      <small>
                        {percent(item.probability)} %{item.claim && !item.claim.is_own ? ` · ${item.claim.by}` : ''}
                      </small>
                    </button>
                  </li>
                ))}
              </ol>
            </section>
          </aside>
        </div>
      )}
      {panel === 'comment' && question && <CommentPanel question={question} close={() => setPanel(null)} />}
      {panel === 'bulk' && question && (
        <BulkPanel question={question} close={() => setPanel(null)} decide={(verdict, which) => void decide(verdict, which)} />
      )}
    </div>
  );
}

function bare(name: { source: string; record_id: string }) {
  return { source: name.source, record_id: name.record_id };
}

function Card(props: {
  question: Question;
  decide: (verdict: Verdict) => Promise<void>;
  undo: () => void;
  hasUndo: boolean;
  isDeciding: boolean;
  openPanel: (panel: 'comment' | 'bulk') => void;
}) {
  const { question } = props;
  const found = useLoaded(() => explain(question), [keyOf(question)]);
  const [claim, setClaim] = useState<(Note & { claim?: Claim }) | null>(null);
  useEffect(() => {
    if (!may('steward')) return;
    let isHere = true;
    api.claim(question.a, question.b).then((made) => isHere && setClaim(made), () => {});
    return () => {
      isHere = false;
      api.claim(question.a, question.b, true).catch(() => {});
    };
  }, [keyOf(question)]);
  const isReader = !may('steward');
  return (
    <article class="question" aria-labelledby="question-title">
      <header>
        <p class="kind">{t(`review.kindOne.${question.kind}`)}</p>
        <h2 id="question-title">
          {question.name_a || memberName(question.a)} <i aria-hidden="true">·</i> {question.name_b || memberName(question.b)}
        </h2>
        {found.value ? (
          <p class="sentence">{sentences(found.value, question.kind).join(' ')}</p>
        ) : (
          <p class="sentence placeholder">&nbsp;</p>
        )}
        {claim?.claim && !claim.claim.is_own && <p class="notice">{t('review.claimed', { name: claim.claim.by })}</p>}
        {question.assigned && <p class="notice">{t('review.assigned', { name: question.assigned })}</p>}
        {claim?.comments.map((comment) => (
          <blockquote key={comment.at}>
            {comment.text}
            <footer>
              {comment.who}, {time(comment.at)}
            </footer>
          </blockquote>
        ))}
      </header>
      <div class="evidence">
        {found.problem && <Failure problem={found.problem} again={found.again} />}
        {!found.value && !found.problem && <div class="skeleton" aria-hidden="true" />}
        {found.value && (
          <>
            <PairTable found={found.value} a={question.a} b={question.b} />
            <h3>{t('review.waterfall')}</h3>
            <Waterfall found={found.value} />
            <Raw found={found.value} />
          </>
        )}
      </div>
      <footer class="decide">
        {isReader ? (
          <p class="quiet">{t('review.readOnly')}</p>
        ) : (
          <>
            <button class="same" disabled={props.isDeciding} onClick={() => void props.decide('same')}>
              <kbd>1</kbd> {t('review.same')}
            </button>
            <button class="different" disabled={props.isDeciding} onClick={() => void props.decide('different')}>
              <kbd>2</kbd> {t('review.different')}
            </button>
            <button class="unsure" disabled={props.isDeciding} onClick={() => void props.decide('unsure')}>
              <kbd>3</kbd> {t('review.unsure')}
            </button>
            <span class="spread" />
            {question.alike > 1 && (
              <button class="plain" onClick={() => props.openPanel('bulk')}>
                <kbd>b</kbd> {t('review.bulk', { n: number(question.alike) })}
              </button>
            )}
            <button class="plain" onClick={() => props.openPanel('comment')}>
              <kbd>c</kbd> {t('review.comment')}
            </button>
            <button class="plain" disabled={!props.hasUndo} onClick={props.undo}>
              <kbd>z</kbd> {t('review.undo')}
            </button>
          </>
        )}
      </footer>
    </article>
  );
}

function Effect({ question }: { question: Question }) {
  const pairs = [{ a: bare(question.a), b: bare(question.b) }];
  const found = useLoaded(
    () => Promise.all([api.preview([{ as: 'same', pairs }]), api.preview([{ as: 'different', pairs }])]),
    [keyOf(question)],
  );
  const sides = [
    { id: question.customer_a, name: question.name_a, size: question.size_a },
    { id: question.customer_b, name: question.name_b, size: question.size_b },
  ].filter((side, at, all) => all.findIndex((other) => other.id === side.id) === at);
  return (
    <section class="effects">
      <h2>{t('review.effect')}</h2>
      <ul class="sides">
        {sides.map((side) => (
          <li key={side.id}>
            <a href={customerHref(side.id)}>{side.name || side.id}</a> <small>{records(side.size)}</small>
          </li>
        ))}
      </ul>
      <h3>{t('review.effect.same')}</h3>
      {found.value ? <EffectLines changes={found.value[0].changes} /> : <p class="placeholder small">&nbsp;</p>}
      <h3>{t('review.effect.different')}</h3>
      {found.value ? <EffectLines changes={found.value[1].changes} /> : <p class="placeholder small">&nbsp;</p>}
      {found.problem && <p class="small wrong">{words(found.problem)}</p>}
    </section>
  );
}

function CommentPanel({ question, close }: { question: Question; close: () => void }) {
  const [note, setNote] = useState<Note | null>(null);
  const load = useLoaded(() => api.claim(question.a, question.b), [keyOf(question)]);
  const shown = note ?? load.value;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    try {
      const saved = await api.note(question.a, question.b, {
        comment: String(data.get('comment') ?? ''),
        assign: String(data.get('assign') ?? ''),
      });
      setNote(saved);
      if (saved.assigned) question.assigned = saved.assigned;
      else delete question.assigned;
      form.querySelector('textarea')!.value = '';
      close();
    } catch (error) {
      tell(words(asProblem(error)), { kind: 'failed' });
    }
  };
  return (
    <Dialog title={t('review.comment')} close={close}>
      {shown?.comments.map((comment) => (
        <blockquote key={comment.at}>
          {comment.text}
          <footer>
            {comment.who}, {time(comment.at)}
          </footer>
        </blockquote>
      ))}
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <label>
          {t('review.commentLabel')}
          <textarea name="comment" rows={3} autofocus />
        </label>
        <label>
          {t('review.assign')}
          <input name="assign" defaultValue={shown?.assigned ?? question.assigned ?? ''} autocomplete="off" />
          <small class="quiet">{t('review.assignLabel')}</small>
        </label>
        <p class="buttons">
          <button class="primary">{t('common.save')}</button>
          <button type="button" onClick={close}>
            {t('common.cancel')}
          </button>
        </p>
      </form>
    </Dialog>
  );
}

const BULK_MAX = 200;

function BulkPanel(props: {
  question: Question;
  close: () => void;
  decide: (verdict: Verdict, which: Question[]) => void;
}) {
  const { question } = props;
  const found = useLoaded(
    () => api.review({ pattern: question.pattern, kind: question.kind, limit: BULK_MAX }),
    [question.pattern],
  );
  const [left, setLeft] = useState<Set<string>>(new Set());
  const items = useMemo(() => found.value?.items ?? [], [found.value]);
  const chosen = items.filter((item) => !left.has(keyOf(item)));
  const toggle = (item: Question) => {
    const next = new Set(left);
    if (!next.delete(keyOf(item))) next.add(keyOf(item));
    setLeft(next);
  };
  return (
    <Dialog title={t('review.bulkTitle', { n: number(chosen.length) })} close={props.close} isWide>
      <p class="quiet">{t('review.bulkLead')}</p>
      {found.isLoading && <Loading />}
      {found.problem && <Failure problem={found.problem} again={found.again} />}
      <ul class="bulk">
        {items.map((item) => (
          <li key={keyOf(item)}>
            <label class="check">
              <input
                type="checkbox"
                checked={!left.has(keyOf(item))}
                aria-label={t('review.bulkInclude', { name: `${item.name_a} ${item.name_b}` })}
                onChange={() => toggle(item)}
              />
              <span>
                {item.name_a} <i>·</i> {item.name_b}
                <small>
                  <RecordName name={item.a} /> <RecordName name={item.b} /> {percent(item.probability)} %
                </small>
              </span>
            </label>
          </li>
        ))}
      </ul>
      <p class="buttons">
        <button class="same" disabled={!chosen.length} onClick={() => props.decide('same', chosen)}>
          {t('review.bulkSame')}
        </button>
        <button class="different" disabled={!chosen.length} onClick={() => props.decide('different', chosen)}>
          {t('review.bulkDifferent')}
        </button>
        <button onClick={props.close}>{t('common.cancel')}</button>
      </p>
    </Dialog>
  );
}

