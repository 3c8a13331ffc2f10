// What a draft would do to the live customers, in figures and in samples.
import { useState } from 'preact/hooks';
import type { Bounds, Fit, Impact, Outlook } from '../api';
import { fieldName, maybe, number, percent, records, signed, t, type Key } from '../i18n';
import { RecordName } from './basics';
import { BeforeAfter } from './effect';

const KINDS = ['merged', 'split', 'created', 'changed', 'retired'];

export function ImpactView({ impact }: { impact: Impact }) {
  const total = KINDS.reduce((sum, kind) => sum + (impact.kinds[kind] ?? 0), 0);
  return (
    <div class="impact">
      <p class="headline">
        <strong>{number(impact.customers_before)}</strong> {t('impact.customers')} {t('impact.before')}
        <span aria-hidden="true"> → </span>
        <strong>{number(impact.customers)}</strong> {t('impact.after')}
      </p>
      {total === 0 ? (
        <p>{t('impact.none')}</p>
      ) : (
        <ul class="tally">
          {KINDS.filter((kind) => impact.kinds[kind]).map((kind) => (
            <li key={kind} class={kind}>
              <strong>{number(impact.kinds[kind] ?? 0)}</strong> {t(`impact.${kind}` as Key)}
            </li>
          ))}
        </ul>
      )}
      <p class="small quiet">
        {t('impact.took', { records: number(impact.records), seconds: number(impact.seconds, impact.seconds < 10 ? 1 : 0) })}
      </p>
      <Judged impact={impact} />
      {total > 0 && (
        <>
          <Samples impact={impact} />
          <div class="impact-tables">
            <Counts
              title={t('impact.sources')}
              rows={impact.sources.map((source) => [source.source, source.kinds] as const)}
            />
            {Object.keys(impact.sizes).length > 0 && (
              <Counts
                title={t('impact.sizes')}
                rows={Object.entries(impact.sizes)
                  .sort(([a], [b]) => Number(a) - Number(b))
                  .map(([size, kinds]) => [Number(size) > 3 ? `${size}+` : records(Number(size)), kinds] as const)}
              />
            )}
            {Object.keys(impact.golden).length > 0 && (
              <section>
                <h3>{t('impact.golden')}</h3>
                <table>
                  <tbody>
                    {Object.entries(impact.golden)
                      .sort(([, a], [, b]) => b - a)
                      .map(([field, count]) => (
                        <tr key={field}>
                          <th scope="row">{fieldName(field)}</th>
                          <td class="figure">{number(count)}</td>
                        </tr>
                      ))}
                  </tbody>
                </table>
              </section>
            )}
          </div>
        </>
      )}
    </div>
  );
}

/** What a sample says until the exact answer is there. */
export function OutlookView({ outlook }: { outlook: Outlook }) {
  const line = (key: Key, found: Bounds) => {
    const [count, low, high] = found.map(rounded) as Bounds;
    return (
      <li>
        {t(key, { n: number(count) })}{' '}
        <small class="quiet">{t('outlook.between', { low: number(low), high: number(high) })}</small>
      </li>
    );
  };
  return (
    <div class="outlook">
      <h3>{t('outlook.title')}</h3>
      <ul>
        {line('outlook.merged', outlook.merged)}
        {line('outlook.split', outlook.split)}
      </ul>
      <p class="small quiet">
        {t('outlook.lead', { n: number(outlook.customers), all: number(outlook.of_customers) })}
      </p>
    </div>
  );
}

/** To two digits: an estimate has no more. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}

function Counts(props: { title: string; rows: (readonly [string, Record<string, number>])[] }) {
  const kinds = KINDS.filter((kind) => props.rows.some(([, found]) => found[kind]));
  if (!kinds.length) return null;
  return (
    <section>
      <h3>{props.title}</h3>
      <table>
        <thead>
          <tr>
            <td />
            {kinds.map((kind) => (
              <th scope="col" class="figure" key={kind}>
                {t(`impact.${kind}` as Key)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map(([name, found]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {kinds.map((kind) => (
                <td class="figure" key={kind}>
                  {found[kind] ? number(found[kind]) : t('common.none')}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Judged({ impact }: { impact: Impact }) {
  const pairs = (fit: Fit) => fit.same_linked + fit.same_apart + fit.different_linked + fit.different_apart;
  const count = pairs(impact.fit);
  const share = (found: [number, number, number] | null) =>
    found ? (
      <>
        <strong>{percent(found[0])} %</strong>{' '}
        <small class="quiet">{t('impact.interval', { low: percent(found[1]), high: percent(found[2]) })}</small>
      </>
    ) : (
      t('common.none')
    );
  return (
    <section class="judged">
      <h3>{t('impact.judged')}</h3>
      {count === 0 ? (
        <p class="quiet small">{t('impact.judgedNone')}</p>
      ) : (
        <>
          <table>
            <thead>
              <tr>
                <td class="small quiet">{t('impact.judgedPairs', { n: number(count) })}</td>
                <th scope="col">{t('impact.before')}</th>
                <th scope="col">{t('impact.after')}</th>
              </tr>
            </thead>
            <tbody>
              <tr>
                <th scope="row">{t('impact.precision')}</th>
                <td>{share(impact.fit_before.precision)}</td>
                <td>{share(impact.fit.precision)}</td>
              </tr>
              <tr>
                <th scope="row">{t('impact.recall')}</th>
                <td>{share(impact.fit_before.recall)}</td>
                <td>{share(impact.fit.recall)}</td>
              </tr>
            </tbody>
          </table>
          {impact.contradicted.length > 0 && (
            <details>
              <summary>{t('impact.contradicted', { n: number(impact.contradicted.length) })}</summary>
              <ul>
                {impact.contradicted.map((pair) => (
                  <li key={pair.a.record_id + pair.b.record_id}>
                    <RecordName name={pair.a} /> <RecordName name={pair.b} />{' '}
                    {t(pair.judgement === 'positive' ? 'link.judgedSame' : 'link.judgedDifferent')}{' '}
                    <small class="quiet">
                      {signed(pair.weight_before)} → {t('common.bits', { n: signed(pair.weight) })}
                    </small>
                  </li>
                ))}
              </ul>
            </details>
          )}
        </>
      )}
    </section>
  );
}

const SHOWN = 5;

function Samples({ impact }: { impact: Impact }) {
  const kinds = KINDS.filter((kind) => impact.samples.some((sample) => sample.kind === kind));
  const [kind, setKind] = useState(kinds[0] ?? '');
  const [count, setCount] = useState(SHOWN);
  const shown = impact.samples.filter((sample) => sample.kind === kind);
  return (
    <section class="samples">
      <h3>{t('impact.samples')}</h3>
      <div class="segments" role="group" aria-label={t('impact.samples')}>
        {kinds.map((one) => (
          <button type="button" key={one} aria-pressed={kind === one} onClick={() => (setKind(one), setCount(SHOWN))}>
            {maybe(`kind.${one}`, one)} <small>{number(impact.kinds[one] ?? 0)}</small>
          </button>
        ))}
      </div>
      <p class="small quiet">{t('impact.samplesLead')}</p>
      {shown.slice(0, count).map((sample) => (
        <BeforeAfter key={sample.kind + sample.customer_id} changes={[sample]} />
      ))}
      {shown.length > count && <button onClick={() => setCount(count + 10)}>{t('common.more')}</button>}
    </section>
  );
}
