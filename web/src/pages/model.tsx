// What the model makes of each comparison, where the thresholds lie, by what
// records meet, and which values so many share that they are no evidence.
import { lazy, Suspense } from 'preact/compat';
import { api, type Weights } from '../api';
import { useLoaded } from '../hooks';
import { fieldName, maybe, number, percent, signed, t } from '../i18n';
import { Failure, Loading } from '../parts/basics';
import type { Route } from '../route';

const Curve = lazy(() => import('../parts/curve').then((part) => ({ default: part.Curve })));

export function Model(_: { route: Route }) {
  const found = useLoaded(() => api.weights(), []);
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
          <ul class="key-list">
            {model.keys.map((key) => (
              <li key={key}>
                <code>{key}</code>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </div>
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
