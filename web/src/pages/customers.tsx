// Finding customers, and one customer: what is shown of it, its records, what
// holds them together, who is alike, what became of it; merge, split and move.
import { lazy, Suspense } from 'preact/compat';
import { useEffect, useRef, useState } from 'preact/hooks';
import {
  api,
  Problem,
  type Change,
  type Customer,
  type DecisionStep,
  type Desk,
  type Member,
  type Neighbour,
  type Preview,
} from '../api';
import { asProblem, useLoaded } from '../hooks';
import { fieldName, list, maybe, number, percent, records, signed, t, time, type Key } from '../i18n';
import {
  Buttons,
  CustomerLink,
  Dialog,
  Empty,
  Failure,
  goldenLine,
  goldenName,
  Loading,
  Reason,
  RecordName,
  verdictWord,
  words,
} from '../parts/basics';
import { BeforeAfter } from '../parts/effect';
import { PinDialog } from '../parts/pin';
import { tellProposed } from '../parts/proposals';
import { Timeline } from '../parts/timeline';
import { customerHref, go, href, type Route } from '../route';
import { may, tell } from '../store';

const Graph = lazy(() => import('../parts/graph').then((part) => ({ default: part.Graph })));

export function Customers({ route }: { route: Route }) {
  const id = route.parts[0];
  return id ? <OneCustomer key={id} id={id} /> : <Search words={route.query.get('q') ?? ''} />;
}

function Search(props: { words: string }) {
  const [text, setText] = useState(props.words);
  const [found, setFound] = useState<Customer[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    if (text.trim().length < 2) {
      setFound(null);
      return;
    }
    const stop = new AbortController();
    const wait = setTimeout(() => {
      history.replaceState(null, '', href('customers', [], { q: text }));
      api.search(text, 30, stop.signal).then(
        (hits) => (setFound(hits.items), setProblem(null)),
        (error: unknown) => !stop.signal.aborted && setProblem(asProblem(error)),
      );
    }, 120);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [text]);
  return (
    <div class="search-page">
      <h1>{t('search.title')}</h1>
      <p class="quiet">{t('search.lead')}</p>
      <label class="search-box">
        <span class="visually-hidden">{t('search.label')}</span>
        <input
          id="search"
          type="search"
          value={text}
          placeholder={t('search.placeholder')}
          autocomplete="off"
          spellcheck={false}
          autofocus
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <p class="small quiet" role="status">
        {found ? t('search.found', { n: number(found.length) }) : t('search.hint')}
      </p>
      {problem && <Failure problem={problem} />}
      {found?.length === 0 && <Empty title={t('search.none')} />}
      <Hits items={found ?? []} />
    </div>
  );
}

function Hits(props: { items: Customer[]; choose?: (customer: Customer) => void }) {
  return (
    <ul class="hits">
      {props.items.map((customer) => {
        const inner = (
          <>
            <strong>{goldenName(customer.golden)}</strong>
            <span class="quiet">{goldenLine(customer.golden)}</span>
            <small>{records(customer.members.length)}</small>
          </>
        );
        return (
          <li key={customer.customer_id}>
            {props.choose ? (
              <button class="plain" onClick={() => props.choose?.(customer)}>
                {inner}
              </button>
            ) : (
              <a href={customerHref(customer.customer_id)}>{inner}</a>
            )}
          </li>
        );
      })}
    </ul>
  );
}

type Intent =
  | { kind: 'merge'; other: string }
  | { kind: 'split' }
  | { kind: 'move'; other: string };

function OneCustomer({ id }: { id: string }) {
  const desk = useLoaded(() => api.desk(id), [id]);
  const [round, setRound] = useState(0);
  const [selected, setSelected] = useState<Set<number>>(new Set());
  const [asking, setAsking] = useState<'merge' | 'move' | null>(null);
  const [intent, setIntent] = useState<Intent | null>(null);
  const [at, setAt] = useState<Change | null>(null);
  if (desk.problem?.status === 404) return <Retired id={id} problem={desk.problem} />;
  if (desk.problem) return <Failure problem={desk.problem} again={desk.again} />;
  if (!desk.value) return <Loading />;
  const { customer, records: found } = desk.value;
  const isSteward = may('steward');
  const again = () => {
    setSelected(new Set());
    setIntent(null);
    desk.again();
    setRound((known) => known + 1);
  };
  const toggle = (place: number) => {
    const next = new Set(selected);
    if (!next.delete(place)) next.add(place);
    setSelected(next);
  };
  const shown = at?.golden ? { ...customer, golden: at.golden, members: at.members ?? [] } : customer;
  return (
    <div class="customer">
      <header class="page-head">
        <div>
          <p class="kind">
            {t('customer.title')} <code>{id}</code>
          </p>
          <h1>{goldenName(shown.golden)}</h1>
          <p class="quiet">
            {goldenLine(shown.golden)} {goldenLine(shown.golden) && '·'} {records(shown.members.length)}
          </p>
        </div>
        {isSteward && !at && (
          <p class="buttons">
            <button onClick={() => setAsking('merge')}>{t('customer.merge')}</button>
          </p>
        )}
      </header>
      {at && (
        <p class="notice">
          {t('customer.atLead', { time: time(at.at) })}{' '}
          <button class="plain" onClick={() => setAt(null)}>
            {t('customer.back')}
          </button>
        </p>
      )}
      <div class="customer-grid">
        <section class="golden">
          <h2>{t('customer.golden')}</h2>
          <p class="quiet small">{t('customer.goldenLead')}</p>
          {at ? <FormerGolden change={at} /> : <Golden desk={desk.value} again={isSteward ? again : null} />}
        </section>
        <section class="history">
          <h2>{t('customer.history')}</h2>
          <Timeline id={id} round={round} at={at} setAt={setAt} />
        </section>
        {!at && (
          <>
            <section class="member-list">
              <h2>{t('customer.members')}</h2>
              {isSteward && found.length > 1 && <p class="quiet small">{t('customer.membersLead')}</p>}
              <Members desk={desk.value} selected={selected} toggle={isSteward && found.length > 1 ? toggle : null} />
              {isSteward && found.length > 1 && (
                <p class="buttons">
                  <button
                    disabled={!selected.size || selected.size === found.length}
                    onClick={() => setIntent({ kind: 'split' })}
                  >
                    {t('customer.split')}
                  </button>
                  <button
                    disabled={!selected.size || selected.size === found.length}
                    onClick={() => setAsking('move')}
                  >
                    {t('customer.move')}
                  </button>
                </p>
              )}
            </section>
            <section class="links">
              <h2>{t('customer.links')}</h2>
              {found.length > 1 ? (
                <>
                  <p class="quiet small">{t('customer.linksLead')}</p>
                  <Suspense fallback={<div class="graph-place" />}>
                    <Graph desk={desk.value} selected={selected} toggle={toggle} />
                  </Suspense>
                  <LinkTable desk={desk.value} />
                </>
              ) : (
                <p class="quiet">{t('customer.linksOne')}</p>
              )}
            </section>
            <section class="neighbours">
              <h2>{t('customer.neighbours')}</h2>
              <p class="quiet small">{t('customer.neighboursLead')}</p>
              <Neighbours
                desk={desk.value}
                merge={isSteward ? (other) => setIntent({ kind: 'merge', other }) : null}
              />
            </section>
          </>
        )}
      </div>
      {asking && (
        <Choose
          not={id}
          close={() => setAsking(null)}
          choose={(other) => {
            setIntent({ kind: asking, other });
            setAsking(null);
          }}
        />
      )}
      {intent && (
        <Confirm
          intent={intent}
          steps={steps(desk.value, intent, selected)}
          close={() => setIntent(null)}
          done={again}
        />
      )}
    </div>
  );
}

/** What judging makes of it: a move takes the records out and joins them to the other. */
function steps(desk: Desk, intent: Intent, selected: Set<number>): DecisionStep[] {
  const members = desk.customer.members;
  const chosen = members.filter((_, place) => selected.has(place));
  const rest = members.filter((_, place) => !selected.has(place));
  const whole = { customer_id: desk.customer.customer_id };
  switch (intent.kind) {
    case 'merge':
      return [{ as: 'same', a: whole, b: { customer_id: intent.other } }];
    case 'split':
      return [{ as: 'different', a: { records: chosen }, b: { records: rest } }];
    case 'move':
      return [
        { as: 'different', a: { records: chosen }, b: { records: rest } },
        { as: 'same', a: { records: chosen }, b: { customer_id: intent.other } },
      ];
  }
}

function Confirm(props: { intent: Intent; steps: DecisionStep[]; close: () => void; done: () => void }) {
  const { kind } = props.intent;
  const preview = useLoaded<Preview>(() => api.preview(props.steps), [JSON.stringify(props.steps)]);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const why = String(new FormData(event.currentTarget as HTMLFormElement).get('why') ?? '');
    setBusy(true);
    try {
      const made = await api.decide(props.steps, why, false);
      if (made.proposal) {
        tellProposed(made.proposal, props.done);
        return props.close();
      }
      const undo = () => {
        const steps = made.undo.map(({ a, b, as }) => ({ as, pairs: [{ a, b }] }));
        const grouped = new Map<string, DecisionStep>();
        steps.forEach((step) => {
          const known = grouped.get(step.as);
          if (known) known.pairs?.push(...step.pairs);
          else grouped.set(step.as, step);
        });
        api.decide([...grouped.values()], '', false).then(
          ({ proposal }) => (proposal ? tellProposed(proposal, props.done) : (tell(t('review.undone')), props.done())),
          (error: unknown) => tell(words(asProblem(error)), { kind: 'failed' }),
        );
      };
      tell(t(`preview.done.${kind}` as Key), { action: { label: t('review.undo'), run: undo } });
      const gone = made.changes.find((change) => change.kind === 'retired');
      props.done();
      const here = location.hash;
      if (gone && here.includes(gone.customer_id)) {
        const heir = made.changes.find((change) => change.kind === 'merged');
        if (heir) go('customers', [heir.customer_id]);
      }
    } catch (error) {
      tell(words(asProblem(error)), { kind: 'failed' });
      setBusy(false);
    }
  };
  return (
    <Dialog title={t(`preview.title.${kind}` as Key)} close={props.close} isWide>
      {preview.problem && <Failure problem={preview.problem} again={preview.again} />}
      {!preview.value && !preview.problem && <Loading />}
      {preview.value && (
        <>
          <BeforeAfter changes={preview.value.changes} />
          <p class="small quiet">{t('preview.pairs', { n: number(preview.value.pairs) })}</p>
          {preview.value.needs_approval && <p class="notice">{t('proposal.needed')}</p>}
        </>
      )}
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <Reason name="why" hint={t('preview.reasonHint')} isFirst />
        <Buttons
          send={t(preview.value?.needs_approval ? 'proposal.propose' : (`preview.confirm.${kind}` as Key))}
          isOff={isBusy || !preview.value}
          close={props.close}
        />
      </form>
    </Dialog>
  );
}

function Choose(props: { not: string; close: () => void; choose: (id: string) => void }) {
  const [found, setFound] = useState<Customer[]>([]);
  const latest = useRef(0);
  const search = (text: string) => {
    const round = ++latest.current;
    if (text.trim().length < 2) return setFound([]);
    api.search(text, 12).then(
      (hits) => round === latest.current && setFound(hits.items.filter((one) => one.customer_id !== props.not)),
      () => {},
    );
  };
  return (
    <Dialog title={t('customer.chooseOther')} close={props.close}>
      <label class="search-box">
        <span class="visually-hidden">{t('search.label')}</span>
        <input
          type="search"
          placeholder={t('search.placeholder')}
          autocomplete="off"
          autofocus
          onInput={(event) => search(event.currentTarget.value)}
        />
      </label>
      <Hits items={found} choose={(customer) => props.choose(customer.customer_id)} />
    </Dialog>
  );
}

function Golden({ desk, again }: { desk: Desk; again: (() => void) | null }) {
  const [pinning, setPinning] = useState<string | null>(null);
  const name = (place: number) => desk.customer.members[place] ?? { source: '', record_id: '' };
  return (
    <>
      <table class="golden-table">
        <thead>
          <tr>
            <th scope="col">{t('review.field')}</th>
            <th scope="col">{t('customer.value')}</th>
            <th scope="col">{t('customer.from')}</th>
            {again && <td />}
          </tr>
        </thead>
        <tbody>
          {desk.fields.map((field) => {
            const golden = field.values.find((value) => value.is_golden);
            const others = field.values.filter((value) => !value.is_golden);
            const order = list(field.order.map((one) => maybe(`prefer.${one}`, one)));
            const from = desk.customer.golden[field.field];
            return (
              <tr key={field.field}>
                <th scope="row">{fieldName(field.field)}</th>
                <td>
                  {golden ? <span class="value">{golden.value}</span> : <span class="missing">{t('common.none')}</span>}
                  {others.length > 0 && (
                    <details class="rejected">
                      <summary>
                        {t('customer.rejected')} <small>{number(others.length)}</small>
                      </summary>
                      <ul>
                        {others.map((other) => (
                          <li key={other.value}>
                            <span class="value">{other.value}</span>
                            {other.verdict !== 'valid' && <small class="verdict-tag">{verdictWord(other.verdict)}</small>}
                            {other.records.map((place) => (
                              <RecordName key={place} name={name(place)} />
                            ))}
                          </li>
                        ))}
                      </ul>
                      <p class="small quiet">{t('customer.order', { order })}</p>
                    </details>
                  )}
                </td>
                <td>
                  {from?.pinned ? (
                    <small class="pinned" title={from.pinned.why}>
                      {t('pin.by', { name: from.pinned.who, at: time(from.pinned.at) })}
                      {from.pinned.why && <q>{from.pinned.why}</q>}
                    </small>
                  ) : (
                    from && <RecordName name={from} />
                  )}
                </td>
                {again && (
                  <td>
                    <button
                      class="plain pin"
                      aria-label={t('pin.title', { field: fieldName(field.field) })}
                      onClick={() => setPinning(field.field)}
                    >
                      {t(from?.pinned ? 'pin.change' : 'pin.pin')}
                    </button>
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
      {again && pinning && <PinDialog desk={desk} field={pinning} close={() => setPinning(null)} done={again} />}
    </>
  );
}

function FormerGolden({ change }: { change: Change }) {
  return (
    <table class="golden-table">
      <thead>
        <tr>
          <th scope="col">{t('review.field')}</th>
          <th scope="col">{t('customer.value')}</th>
          <th scope="col">{t('customer.from')}</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(change.golden ?? {}).map(([field, golden]) => (
          <tr key={field}>
            <th scope="row">{fieldName(field)}</th>
            <td>
              <span class="value">{golden.value}</span>
            </td>
            <td>
              <RecordName name={golden} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Members(props: { desk: Desk; selected: Set<number>; toggle: ((place: number) => void) | null }) {
  const { desk } = props;
  const columns = ['given_name', 'family_name', 'organisation', 'email', 'phone', 'birth_date', 'street', 'postcode', 'city'];
  const has = (field: string) => desk.records.some((record) => record.values.some((value) => value.field === field));
  const shown = columns.filter(has);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t('customer.members')}>
      <table class="members-table">
        <thead>
          <tr>
            {props.toggle && (
              <th>
                <span class="visually-hidden">{t('customer.members')}</span>
              </th>
            )}
            <th scope="col">{t('customer.members')}</th>
            {shown.map((field) => (
              <th scope="col" key={field}>
                {fieldName(field)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {desk.records.map((record, place) => (
            <tr key={record.source + record.record_id} class={props.selected.has(place) ? 'selected' : ''}>
              {props.toggle && (
                <td>
                  <input
                    type="checkbox"
                    checked={props.selected.has(place)}
                    aria-label={t('customer.select', { name: `${record.source}:${record.record_id}` })}
                    onChange={() => props.toggle?.(place)}
                  />
                </td>
              )}
              <th scope="row">
                <RecordName name={record} />
              </th>
              {shown.map((field) => (
                <td key={field}>
                  {record.values
                    .filter((value) => value.field === field)
                    .map((value) => value.value)
                    .join(', ')}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LinkTable({ desk }: { desk: Desk }) {
  const name = (place: number): Member => desk.customer.members[place] ?? { source: '', record_id: '' };
  const what = (link: Desk['links'][number]) => {
    if (link.judgement === 'positive') return t('link.judgedSame');
    if (link.judgement === 'negative') return t('link.judgedDifferent');
    if (link.is_bridge) return t('link.bridge');
    return link.joins ? t('link.joined') : t('link.weak');
  };
  const ordered = [...desk.links].sort((a, b) => b.weight - a.weight);
  return (
    <details>
      <summary>{t('customer.linksTable')}</summary>
      <table class="link-table">
        <tbody>
          {ordered.map((link) => (
            <tr key={`${link.a} ${link.b}`}>
              <td>
                <RecordName name={name(link.a)} />
              </td>
              <td>
                <RecordName name={name(link.b)} />
              </td>
              <td class="figure">{t('common.bits', { n: signed(link.weight) })}</td>
              <td>{what(link)}</td>
              <td>
                <a href={whyHref(name(link.a), name(link.b))}>{t('nav.why')}</a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function whyHref(a: Member, b: Member): string {
  return href('why', [], { a: `${a.source}:${a.record_id}`, b: `${b.source}:${b.record_id}` });
}

function Neighbours(props: { desk: Desk; merge: ((other: string) => void) | null }) {
  const { desk } = props;
  if (!desk.neighbours.length) return <p class="quiet">{t('customer.neighboursNone')}</p>;
  const own = (neighbour: Neighbour) => desk.customer.members[neighbour.of] ?? { source: '', record_id: '' };
  return (
    <ul class="neighbour-list">
      {desk.neighbours.map((neighbour) => (
        <li key={neighbour.customer_id}>
          <p>
            <span class={`relation ${neighbour.relation}`}>{maybe(`relation.${neighbour.relation}`, neighbour.relation)}</span>
            <CustomerLink id={neighbour.customer_id} name={neighbour.name} />
            <small class="quiet">{percent(neighbour.probability)} %</small>
          </p>
          <p class="small">
            <a href={whyHref(own(neighbour), neighbour)}>{t('customer.compare')}</a>
            {props.merge && neighbour.relation === 'possible' && (
              <button class="plain" onClick={() => props.merge?.(neighbour.customer_id)}>
                {t('preview.confirm.merge')}
              </button>
            )}
          </p>
        </li>
      ))}
    </ul>
  );
}

function Retired({ id, problem }: { id: string; problem: Problem }) {
  const found = useLoaded(() => api.customer(id), [id]);
  if (found.isLoading) return <Loading />;
  if (found.problem || !found.value) return <Failure problem={found.problem ?? problem} />;
  if (!('successors' in found.value)) return <Failure problem={problem} />;
  const { successors } = found.value;
  return (
    <Empty title={t('customer.retired')}>
      <p>{successors.length ? t('customer.retiredLead') : t('customer.gone')}</p>
      {successors.map((successor) => (
        <p key={successor}>
          <CustomerLink id={successor} />
        </p>
      ))}
    </Empty>
  );
}
