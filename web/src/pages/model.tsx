// What the model makes of each comparison, where the thresholds lie, by what
// records meet, and which values so many share that they are no evidence.
import { lazy, Suspense } from 'preact/compat';
import { api, type Appraisal, type Reason, type Weights } from '../api';
import { useLoaded } from '../hooks';
import { fieldName, maybe, number, percent, signed, t } from '../i18n';
import { Failure, Loading, RecordName } from '../parts/basics';
import { href, type Route } from '../route';

const Curve = lazy(() => import('../parts/curve').then((part) => ({ default: part.Curve })));

export function Model(_: { route: Route }) {
  const found = useLoaded(() => api.weights(), []);
  const appraisal = useLoaded(() => api.appraisal(), []);
  if (found.problem) return <Failure problem={found.problem} again={found.again} />;
  if (!found.value) return <Loading />;
  const model = found.value;
  return (
    <div class="model">
      <h1>{t('model.title')}</h1>
      <p class="quiet">
        {t('model.lead')} {t('model.version', { n: model.version, records: number(model.records) })}
      </p>
      <div class="model-grid">
        <section class="span">
          <h2>{t('model.weights')}</h2>
          <WeightGrid model={model} />
          <details>
            <summary>{t('model.table')}</summary>
            <WeightTable model={model} />
          </details>
        </section>
        <section>
          <h2>{t('model.curve')}</h2>
          <p class="quiet small">{t('model.curveLead')}</p>
          <Suspense fallback={<div class="chart-place" />}>
            <Curve link={model.link_weight} review={model.review_weight} />
          </Suspense>
        </section>
        <section>
          <h2>{t('model.reliability')}</h2>
          <Reliability />
        </section>
        <section>
          <h2>{t('model.hubs')}</h2>
          <p class="quiet small">{model.hubs.length ? t('model.hubsLead') : t('model.hubsNone')}</p>
          {model.hubs.length > 0 && (
            <div class="scroll short" tabIndex={0} role="region" aria-label={t('model.hubs')}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{t('review.field')}</th>
                    <th scope="col">{t('customer.value')}</th>
                    <th scope="col" class="figure">
                      {t('model.people')}
                    </th>
                    <th scope="col" class="figure">
                      {t('model.likely')}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {model.hubs.map((hub) => (
                    <tr key={hub.field + hub.value}>
                      <th scope="row">{fieldName(hub.field)}</th>
                      <td>{hub.value}</td>
                      <td class="figure">{number(hub.people)}</td>
                      <td class="figure">{number(hub.people_likely_max)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </section>
        <section class="span">
          <h2>
            {t('model.keys')} <small class="quiet">{number(model.keys.length)}</small>
          </h2>
          <p class="quiet small">{t('model.keysLead')}</p>
          {appraisal.problem && <Failure problem={appraisal.problem} again={appraisal.again} />}
          {appraisal.value ? (
            <Keys found={appraisal.value} />
          ) : (
            <>
              <p class="small quiet" role="status">
                {!appraisal.problem && t('overview.accuracyWait')}
              </p>
              <ul class="key-list">
                {model.keys.map((key) => (
                  <li key={key}>
                    <code>{key}</code>
                  </li>
                ))}
              </ul>
            </>
          )}
        </section>
        {appraisal.value && (
          <section class="span">
            <h2>{t('model.unlinkable')}</h2>
            <Unlinkable found={appraisal.value} />
          </section>
        )}
      </div>
    </div>
  );
}

/** How often pairs of each likelihood are one customer by stewards' answers. */
function Reliability() {
  const found = useLoaded(() => api.sample(), []);
  if (found.problem) return <Failure problem={found.problem} again={found.again} />;
  const bands = found.value?.sample?.reliability ?? [];
  if (!bands.length) {
    return (
      <p class="quiet small">
        {found.value ? t('model.reliabilityNone') : ' '} {found.value && <a href={href('overview')}>{t('nav.overview')}</a>}
      </p>
    );
  }
  return (
    <>
      <p class="quiet small">{t('model.reliabilityLead')}</p>
      <table class="reliability">
        <thead>
          <tr>
            <th scope="col" class="figure">
              {t('model.expected')}
            </th>
            <th scope="col">{t('model.found')}</th>
            <th scope="col" class="figure">
              {t('model.judgedPairs')}
            </th>
          </tr>
        </thead>
        <tbody>
          {bands.map((band) => (
            <tr key={band.expected}>
              <td class="figure">{percent(band.expected)} %</td>
              <td>
                <span class="range" aria-hidden="true">
                  <i style={{ left: `${band.found[1] * 100}%`, right: `${100 - band.found[2] * 100}%` }} />
                  <b style={{ left: `${band.found[0] * 100}%` }} />
                  <em style={{ left: `${band.expected * 100}%` }} />
                </span>
                <small>
                  {percent(band.found[0])} %{' '}
                  <span class="quiet">{t('impact.interval', { low: percent(band.found[1]), high: percent(band.found[2]) })}</span>
                </small>
              </td>
              <td class="figure">{number(band.judged)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** What each key costs and brings. */
function Keys({ found }: { found: Appraisal }) {
  const [share, low, high] = found.lost;
  const told = (value: number | undefined) => (value === undefined ? t('common.none') : `${percent(value)} %`);
  return (
    <>
      <p class="small">
        {t('model.pairs', { pairs: number(found.pairs), each: number(found.pairs_per_record, 1) })}{' '}
        {t('model.lost', { n: percent(share), low: percent(low), high: percent(high) })}
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('model.keys')}>
        <table class="key-table">
          <thead>
            <tr>
              <th scope="col">{t('model.key')}</th>
              <th scope="col" class="figure">
                {t('model.keyPairs')}
              </th>
              <th scope="col" class="figure">
                {t('model.keyNew')}
              </th>
              <th scope="col" class="figure">
                {t('model.keyLargest')}
              </th>
              <th scope="col">{t('model.keyFound')}</th>
              <th scope="col" class="figure">
                {t('model.keyAlone')}
              </th>
              <th scope="col" class="figure">
                {t('model.keyLoses')}
              </th>
            </tr>
          </thead>
          <tbody>
            {found.keys.map((key) => (
              <tr key={key.key}>
                <th scope="row">
                  <code>{key.key}</code>
                </th>
                <td class="figure">{number(key.pairs)}</td>
                <td class="figure">{number(key.pairs_new)}</td>
                <td class="figure">{number(key.block_size_max)}</td>
                <td>
                  <span class="hbar" style={{ width: `${100 * (key.found ?? 0)}%` }} aria-hidden="true" />
                  <small>{told(key.found)}</small>
                </td>
                <td class="figure">{told(key.found_alone)}</td>
                <td class="figure">{told(key.found === undefined ? undefined : 1 - key.found)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const REASONS: Reason[] = ['no_key', 'too_many', 'alone'];

/** Records that are compared with no other, and why. */
function Unlinkable({ found }: { found: Appraisal }) {
  const { reasons, sources, held, examples } = found.unlinkable;
  const shown = REASONS.filter((reason) => reasons[reason]);
  if (!shown.length) return <p class="quiet">{t('model.unlinkableNone')}</p>;
  return (
    <>
      <p class="small quiet">{t('model.unlinkableLead')}</p>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('model.unlinkable')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('overview.source')}</th>
              {shown.map((reason) => (
                <th scope="col" class="figure" key={reason}>
                  {t(`model.unlinkable.${reason}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Object.entries(sources).map(([source, of]) => (
              <tr key={source}>
                <th scope="row">{source}</th>
                {shown.map((reason) => (
                  <td class="figure" key={reason}>
                    {of[reason] ? number(of[reason] ?? 0) : t('common.none')}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {held.length > 0 && (
        <>
          <h3>{t('model.held')}</h3>
          <ul class="held">
            {held.map(([fields, count]) => (
              <li key={fields.join()}>
                <strong>{number(count)}</strong> {fields.length ? fields.map(fieldName).join(', ') : t('model.heldNothing')}
              </li>
            ))}
          </ul>
        </>
      )}
      {shown
        .filter((reason) => examples[reason]?.length)
        .map((reason) => (
          <details key={reason}>
            <summary>{t('model.examples', { reason: t(`model.unlinkable.${reason}`) })}</summary>
            <ul class="key-list">
              {examples[reason]?.map((name) => (
                <li key={`${name.source} ${name.record_id}`}>
                  <RecordName name={name} />
                </li>
              ))}
            </ul>
          </details>
        ))}
    </>
  );
}

const LEVELS = ['different', 'weak', 'similar', 'close', 'variant', 'same'];
/** Bits at which a cell has its full shade. */
const BITS_FULL = 14;

/** A row per comparison, a column per level: what reaching it is worth. */
function WeightGrid({ model }: { model: Weights }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t('model.weights')}>
      <table class="weight-grid">
        <thead>
          <tr>
            <th scope="col">{t('model.comparison')}</th>
            {LEVELS.map((level) => (
              <th scope="col" class="figure" key={level}>
                {maybe(`level.${level}`, level)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {model.comparisons.map((comparison) => (
            <tr key={comparison.name}>
              <th scope="row">{fieldName(comparison.name)}</th>
              {LEVELS.map((name) => {
                const level = comparison.levels.find((one) => one.level === name);
                const isTold = level && Number.isFinite(level.weight) && (level.matches > 1e-6 || level.by_hand);
                if (!level || !isTold) return <td key={name} class="figure none" />;
                const shade = 0.06 + 0.34 * Math.min(1, Math.abs(level.weight) / BITS_FULL);
                return (
                  <td key={name} class={`figure ${level.weight >= 0 ? 'up' : 'down'}`}>
                    <i class="shade" style={{ opacity: String(shade) }} />
                    <span>
                      {signed(level.weight)}
                      {level.by_hand && <small title={t('model.byHand')}> ✎</small>}
                    </span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function WeightTable({ model }: { model: Weights }) {
  return (
    <table class="weight-table">
      <thead>
        <tr>
          <th scope="col">{t('model.comparison')}</th>
          <th scope="col">{t('model.tableLevel')}</th>
          <th scope="col" class="figure">
            {t('model.tableWeight')}
          </th>
          <th scope="col" class="figure">
            {t('model.tableMatches')}
          </th>
          <th scope="col" class="figure">
            {t('model.tableStrangers')}
          </th>
        </tr>
      </thead>
      <tbody>
        {model.comparisons.flatMap((comparison) =>
          comparison.levels.map((level) => (
            <tr key={comparison.name + level.level}>
              <th scope="row">{fieldName(comparison.name)}</th>
              <td>
                {maybe(`level.${level.level}`, level.level)} {level.by_hand && <small>{t('model.byHand')}</small>}
              </td>
              <td class="figure">{Number.isFinite(level.weight) ? signed(level.weight) : t('common.none')}</td>
              <td class="figure">{percent(level.matches)} %</td>
              <td class="figure">{percent(level.strangers)} %</td>
            </tr>
          )),
        )}
      </tbody>
    </table>
  );
}
