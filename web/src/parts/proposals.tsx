// Decisions that wait for somebody else's approval: who proposes what and why,
// what it would do, and the answer to it.
import { useState } from 'preact/hooks';
import { api, memberName, type DecisionStep, type Judgement, type Proposal, type Verdict } from '../api';
import { asProblem, useLoaded } from '../hooks';
import { fieldName, list, number, records, t, time, type Key } from '../i18n';
import { customerHref, href } from '../route';
import { may, me, tell } from '../store';
import { Buttons, Dialog, Empty, Failure, Loading, Reason, words } from './basics';
import { BeforeAfter } from './effect';

const VERDICTS: Record<Judgement, Verdict> = {
  positive: 'same',
  negative: 'different',
  unsure: 'unsure',
  withdrawn: 'withdrawn',
};

/** Says that a decision waits, and how to take it back. */
export function tellProposed(proposal: Proposal, done: () => void): void {
  const undo = () => {
    api.turnDown(proposal.number, '').then(
      () => (tell(t('review.undone')), done()),
      (error: unknown) => tell(words(asProblem(error)), { kind: 'failed' }),
    );
  };
  tell(t('proposal.made'), { detail: t('proposal.madeLead'), action: { label: t('review.undo'), run: undo } });
  done();
}

export function Proposals({ done }: { done: () => void }) {
  const found = useLoaded(() => api.proposals(), []);
  if (found.problem) return <Failure problem={found.problem} again={found.again} />;
  if (!found.value) return <Loading />;
  const again = () => {
    found.again();
    done();
  };
  if (!found.value.items.length) {
    return (
      <Empty title={t('proposal.none')}>
        <p>{t('proposal.noneLead')}</p>
      </Empty>
    );
  }
  return (
    <div class="proposals">
      {found.value.items.map((proposal) => (
        <OneProposal key={proposal.number} proposal={proposal} done={again} />
      ))}
    </div>
  );
}

function OneProposal({ proposal, done }: { proposal: Proposal; done: () => void }) {
  const [isBusy, setBusy] = useState(false);
  const [isRefusing, setRefusing] = useState(false);
  const isOwn = proposal.who === me.get()?.name;
  const act = async (run: () => Promise<unknown>, key: Key) => {
    setBusy(true);
    try {
      await run();
      tell(t(key));
      done();
    } catch (error) {
      tell(words(asProblem(error)), { kind: 'failed' });
      setBusy(false);
    }
  };
  const refuse = (why: string) =>
    act(() => api.turnDown(proposal.number, why), isOwn ? 'review.undone' : 'proposal.turnedDown');
  return (
    <article class="proposal" aria-labelledby={`proposal-${proposal.number}`}>
      <header>
        <p class="kind">{t('proposal.by', { name: proposal.who, at: time(proposal.at) })}</p>
        <h2 id={`proposal-${proposal.number}`}>{title(proposal)}</h2>
        {proposal.why && <blockquote>{proposal.why}</blockquote>}
        <ul class="sides">
          {proposal.customers.map((customer) => (
            <li key={customer.customer_id}>
              <a href={customerHref(customer.customer_id)}>{customer.name || customer.customer_id}</a>{' '}
              <small>{records(customer.records)}</small>
            </li>
          ))}
          {proposal.pairs_count === 1 && proposal.pairs[0] && (
            <li>
              <a href={href('why', [], { a: memberName(proposal.pairs[0].a), b: memberName(proposal.pairs[0].b) })}>
                {t('customer.compare')}
              </a>
            </li>
          )}
        </ul>
      </header>
      {proposal.pairs.length > 0 && <Effect proposal={proposal} />}
      <p class="buttons">
        {may('approver') && (
          <button class="primary" disabled={isBusy || isOwn} onClick={() => void act(() => api.approve(proposal.number), 'proposal.approved')}>
            {t('proposal.approve')}
          </button>
        )}
        {isOwn ? (
          <button disabled={isBusy} onClick={() => void refuse('')}>
            {t('proposal.takeBack')}
          </button>
        ) : (
          may('approver') && (
            <button disabled={isBusy} onClick={() => setRefusing(true)}>
              {t('proposal.turnDown')}
            </button>
          )
        )}
      </p>
      {isOwn && may('approver') && <p class="quiet small">{t('proposal.own')}</p>}
      {!may('approver') && <p class="quiet small">{t('proposal.waits')}</p>}
      {isRefusing && (
        <Dialog title={t('proposal.turnDown')} close={() => setRefusing(false)}>
          <form
            class="stack"
            onSubmit={(event) => {
              event.preventDefault();
              void refuse(String(new FormData(event.currentTarget).get('why') ?? ''));
            }}
          >
            <Reason name="why" hint={t('proposal.turnDownHint')} isFirst />
            <Buttons send={t('proposal.turnDown')} isOff={isBusy} close={() => setRefusing(false)} />
          </form>
        </Dialog>
      )}
    </article>
  );
}

function title(proposal: Proposal): string {
  const names = list(proposal.customers.map((customer) => customer.name || customer.customer_id));
  const { pin } = proposal;
  if (pin) {
    const field = fieldName(pin.field);
    return pin.value === null ? t('proposal.release', { field, names }) : t('proposal.pin', { field, names, value: pin.value });
  }
  const said = [...new Set(proposal.pairs.map((pair) => VERDICTS[pair.judgement]))];
  const what = list(said.map((verdict) => t(`proposal.${verdict}`)));
  return proposal.pairs_count > 1 ? `${names}: ${what} (${t('proposal.pairs', { n: number(proposal.pairs_count) })})` : `${names}: ${what}`;
}

/** What approving would do; of very many pairs only the first are known here. */
function Effect({ proposal }: { proposal: Proposal }) {
  const steps: DecisionStep[] = Object.entries(VERDICTS)
    .map(([judgement, as]) => ({
      as,
      pairs: proposal.pairs.filter((pair) => pair.judgement === judgement).map(({ a, b }) => ({ a, b })),
    }))
    .filter((step) => step.pairs.length > 0);
  const found = useLoaded(() => api.preview(steps), [proposal.number]);
  if (found.problem) return <p class="small wrong">{words(found.problem)}</p>;
  if (!found.value) return <div class="skeleton" aria-hidden="true" />;
  return <BeforeAfter changes={found.value.changes} />;
}
