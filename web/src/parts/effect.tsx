// What a decision would change: the customers before and after, in words and
// side by side.
import type { Customer, Foreseen, Golden, Member } from '../api';
import { fieldName, list, number, records, t, type Key } from '../i18n';
import { goldenLine, goldenName, RecordName } from './basics';

/** One line per change. */
export function EffectLines({ changes }: { changes: Foreseen[] }) {
  if (!changes.length) return <p class="quiet small">{t('review.effect.nothing')}</p>;
  return (
    <ul class="effect">
      {changes.map((change) => (
        <li key={change.kind + change.customer_id} class={change.kind}>
          {line(change)}
        </li>
      ))}
    </ul>
  );
}

function line(change: Foreseen): string {
  const before = change.before[0];
  const name = goldenName(change.golden ?? before?.golden ?? {});
  const size = records(change.members?.length ?? 0);
  const key = `review.effect.${change.kind}` as Key;
  return t(key, { name: change.kind === 'retired' ? change.customer_id : name, size, n: number(change.others?.length ?? 0) });
}

/** Customers before and after, as cards. */
export function BeforeAfter({ changes }: { changes: Foreseen[] }) {
  if (!changes.length) return <p class="quiet">{t('preview.nothing')}</p>;
  const before = new Map<string, Customer>();
  changes.forEach((change) => change.before.forEach((customer) => before.set(customer.customer_id, customer)));
  const after = changes.filter((change) => change.members && change.golden);
  const seen = new Set<string>();
  const once = after.filter((change) => !seen.has(change.customer_id) && seen.add(change.customer_id));
  return (
    <div class="before-after">
      <section>
        <h3>{t('preview.before')}</h3>
        {[...before.values()].map((customer) => (
          <Card key={customer.customer_id} id={customer.customer_id} golden={customer.golden} members={customer.members} />
        ))}
      </section>
      <span class="arrow" aria-hidden="true">
        →
      </span>
      <section>
        <h3>{t('preview.after')}</h3>
        {once.map((change) => (
          <Card
            key={change.customer_id}
            id={change.customer_id}
            golden={change.golden ?? {}}
            members={change.members ?? []}
            former={before.get(change.customer_id)}
          />
        ))}
      </section>
    </div>
  );
}

const MEMBERS_MAX = 6;

export function Card(props: {
  id: string;
  golden: Record<string, Golden>;
  members: Member[];
  former?: Customer | undefined;
}) {
  const { former } = props;
  const changed = former
    ? Object.keys({ ...props.golden, ...former.golden }).filter(
        (field) => props.golden[field]?.value !== former.golden[field]?.value,
      )
    : [];
  return (
    <article class="card">
      <h4>{goldenName(props.golden)}</h4>
      <p class="small quiet">{goldenLine(props.golden)}</p>
      {changed.length > 0 && <p class="small changed">{list(changed.map(fieldName))}</p>}
      <p class="members">
        {props.members.slice(0, MEMBERS_MAX).map((member) => (
          <RecordName key={member.source + member.record_id} name={member} />
        ))}
        {props.members.length > MEMBERS_MAX && (
          <span class="small quiet">+{number(props.members.length - MEMBERS_MAX)}</span>
        )}
      </p>
    </article>
  );
}
