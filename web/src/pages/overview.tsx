// The store at a glance: how much there is, what changed, what waits, and how
// good the data are.
import { lazy, Suspense } from 'preact/compat';
import { useEffect } from 'preact/hooks';
import { api, type Appraisal, type Bounds, type Questions, type Survey } from '../api';
import { asProblem, useLoaded } from '../hooks';
import { fieldName, maybe, number, percent, records, t, time } from '../i18n';
import { CustomerLink, Failure, words } from '../parts/basics';
import { href, type Route } from '../route';
import { may, tell } from '../store';

const Days = lazy(() => import('../parts/days').then((part) => ({ default: part.Days })));
const Course = lazy(() => import('../parts/days').then((part) => ({ default: part.Course })));

export function Overview(_: { route: Route }) {
  const counts = useLoaded(() => api.counts(), []);
  const survey = useLoaded(() => api.survey(), []);
  const review = useLoaded(() => api.review({ limit: 1 }), []);
  const appraisal = useLoaded(() => api.appraisal(), []);
  if (counts.problem) return <Failure problem={counts.problem} again={counts.again} />;
  const open = review.value ? Object.values(review.value.open).reduce((sum, one) => sum + one, 0) : null;
  const figure = (value: number | null | undefined) => (value === null || value === undefined ? ' ' : number(value));
  return (
    <div class="overview">
      <h1>{t('overview.title')}</h1>
      <dl class="figures">
        <div>
          <dt>{t('overview.customers')}</dt>
          <dd>{figure(counts.value?.customers)}</dd>
          <dd class="small quiet">
            {counts.value && counts.value.customers > 0
              ? t('overview.perCustomer', { n: number(counts.value.records / counts.value.customers, 2) })
              : ' '}
          </dd>
        </div>
        <div>
          <dt>{t('overview.records')}</dt>
          <dd>{figure(counts.value?.records)}</dd>
        </div>
        <div>
          <dt>{t('overview.openReview')}</dt>
          <dd>
            <a href={href('review')}>{figure(open)}</a>
          </dd>
          <dd class="small quiet">
            {review.value
              ? Object.entries(review.value.open)
                  .filter(([, count]) => count > 0)
                  .map(([kind, count]) => `${maybe(`review.kind.${kind}`, kind)} ${number(count)}`)
                  .join(' · ')
              : ' '}
          </dd>
        </div>
        <div>
          <dt>{t('overview.judgements')}</dt>
          <dd>{figure(survey.value?.judgements)}</dd>
        </div>
        <div>
          <dt>{t('overview.version')}</dt>
          <dd>
            <a href={href('rules')}>{figure(counts.value?.model_version)}</a>
          </dd>
        </div>
      </dl>
      {survey.problem && <Failure problem={survey.problem} again={survey.again} />}
      <div class="overview-grid first">
        <section>
          <h2>{t('overview.accuracy')}</h2>
          <Judged />
          <h3>{t('overview.byModel')}</h3>
          {appraisal.problem ? <Failure problem={appraisal.problem} again={appraisal.again} /> : <Accuracy found={appraisal.value} />}
        </section>
        <section>
          <h2>{t('overview.review')}</h2>
          {review.value ? <Ages found={review.value} /> : <div class="skeleton" aria-hidden="true" />}
          {review.value !== null && review.value.proposed > 0 && (
            <p class="small">
              <a href={href('review', [], { kind: 'proposed' })}>
                {review.value.proposed === 1 ? t('overview.proposedOne') : t('overview.proposed', { n: number(review.value.proposed) })}
              </a>
            </p>
          )}
        </section>
      </div>
      {survey.value ? <Body survey={survey.value} /> : <div class="skeleton tall" aria-hidden="true" />}
    </div>
  );
}

const KINDS = ['created', 'merged', 'split', 'changed', 'retired', 'erased'];

/** A share with its interval, as text and as a range. */
function Estimate({ label, hint, share }: { label: string; hint: string; share: Bounds | null }) {
  return (
    <div class="estimate">
      <dt>{label}</dt>
      <dd>
        <strong>{share ? `${number(share[0] * 100, 1)} %` : ' '}</strong>{' '}
        <small class="quiet">{share && t('impact.interval', { low: number(share[1] * 100, 1), high: number(share[2] * 100, 1) })}</small>
        <span class="range" aria-hidden="true">
          {share && <i style={{ left: `${share[1] * 100}%`, right: `${100 - share[2] * 100}%` }} />}
          {share && <b style={{ left: `${share[0] * 100}%` }} />}
        </span>
      </dd>
      <dd class="small quiet">{hint}</dd>
    </div>
  );
}

const SAMPLE_PAIRS = 200;

/** What stewards' answers to a drawn sample say, and how to come by them. */
function Judged() {
  const found = useLoaded(() => api.sample(), []);
  const isDrawn = found.value?.is_being_drawn ?? false;
  useEffect(() => {
    if (!isDrawn) return;
    const wait = setInterval(found.again, 1500);
    return () => clearInterval(wait);
  }, [isDrawn]);
  const draw = () => {
    api.drawSample(SAMPLE_PAIRS).then(found.set, (error: unknown) => tell(words(asProblem(error)), { kind: 'failed' }));
  };
  const sample = found.value?.sample;
  const left = sample ? sample.pairs - sample.judged : 0;
  return (
    <div class="by-sample">
      <h3>{t('overview.bySample')}</h3>
      {found.problem && <Failure problem={found.problem} again={found.again} />}
      {found.value?.fault && <p class="small wrong">{found.value.fault}</p>}
      {sample?.precision && sample.recall && (
        <dl class="estimates">
          <Estimate label={t('impact.precision')} hint={t('overview.precisionHint')} share={sample.precision} />
          <Estimate label={t('impact.recall')} hint={t('overview.recallSampleHint')} share={sample.recall} />
        </dl>
      )}
      <p class="small quiet" role={isDrawn ? 'status' : undefined}>
        {!found.value
          ? ' '
          : isDrawn
            ? t('overview.sampleDrawn')
            : !sample
              ? t('overview.sampleNone')
              : t('overview.sampleLead', { judged: number(sample.judged), pairs: number(sample.pairs), at: time(sample.at) })}{' '}
        {sample && !sample.is_current && !isDrawn && t('overview.sampleOld', { n: sample.model_version })}
      </p>
      {may('steward') && !isDrawn && found.value && (
        <p class="buttons">
          {left > 0 && (
            <a class="button" href={href('review', [], { kind: 'sample' })}>
              {t('overview.sampleJudge', { n: number(left) })}
            </a>
          )}
          <button class={left > 0 ? 'plain' : ''} onClick={draw}>
            {t(sample ? 'overview.sampleAgain' : 'overview.sampleDraw', { n: number(SAMPLE_PAIRS) })}
          </button>
        </p>
      )}
    </div>
  );
}

/** How right and how complete the model expects the customers to be. */
function Accuracy({ found }: { found: Appraisal | null }) {
  return (
    <>
      <dl class="estimates">
        <Estimate label={t('impact.precision')} hint={t('overview.precisionHint')} share={found?.precision ?? null} />
        <Estimate label={t('impact.recall')} hint={t('overview.recallHint')} share={found?.recall ?? null} />
      </dl>
      <p class="small quiet" role={found ? undefined : 'status'}>
        {found ? t('overview.accuracyLead') : t('overview.accuracyWait')}
      </p>
    </>
  );
}

const AGES = ['day', 'week', 'month', 'older'] as const;

/** Open questions by kind and by how long they have been open. */
function Ages({ found }: { found: Questions }) {
  const kinds = Object.entries(found.open).filter(([, count]) => count > 0);
  if (!kinds.length) return <p class="quiet">{t('overview.reviewNone')}</p>;
  return (
    <table class="ages">
      <thead>
        <tr>
          <td />
          {AGES.map((age) => (
            <th scope="col" class="figure" key={age}>
              {t(`overview.age.${age}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {kinds.map(([kind]) => (
          <tr key={kind}>
            <th scope="row">
              <a href={href('review', [], { kind })}>{maybe(`review.kind.${kind}`, kind)}</a>
            </th>
            {AGES.map((age) => (
              <td class="figure" key={age}>
                {found.ages[kind]?.[age] ? number(found.ages[kind]?.[age] ?? 0) : t('common.none')}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Body({ survey }: { survey: Survey }) {
  const kinds = KINDS.map((kind) => [kind, survey.day[kind] ?? 0] as const).filter(([, count]) => count > 0);
  return (
    <div class="overview-grid">
      <section>
        <h2>{t('overview.today')}</h2>
        {kinds.length ? (
          <ul class="tally">
            {kinds.map(([kind, count]) => (
              <li key={kind} class={kind}>
                <strong>{number(count)}</strong> {maybe(`kind.${kind}`, kind)}
              </li>
            ))}
          </ul>
        ) : (
          <p class="quiet">{t('overview.todayNone')}</p>
        )}
        <h3>{t('overview.days')}</h3>
        <Suspense fallback={<div class="chart-place" />}>
          <Days days={survey.days} />
        </Suspense>
        <h3>{t('overview.course')}</h3>
        <p class="quiet small">{t('overview.courseLead')}</p>
        <Suspense fallback={<div class="chart-place" />}>
          <Course label={t('overview.course')} days={survey.duplicates} />
        </Suspense>
      </section>
      <section>
        <h2>{t('overview.sizes')}</h2>
        <Sizes sizes={survey.sizes} />
        {survey.largest.length > 0 && (
          <>
            <h3>{t('overview.largest')}</h3>
            <ul class="largest">
              {survey.largest.slice(0, 6).map(([id, size]) => (
                <li key={id}>
                  <CustomerLink id={id} /> <small class="quiet">{records(size)}</small>
                </li>
              ))}
            </ul>
          </>
        )}
      </section>
      <section class="span">
        <h2>{t('overview.overlap')}</h2>
        <p class="quiet small">{t('overview.overlapLead')}</p>
        <Overlap survey={survey} />
      </section>
      <section class="span">
        <h2>{t('overview.quality')}</h2>
        <p class="quiet small">{t('overview.qualityLead')}</p>
        <Quality survey={survey} />
      </section>
    </div>
  );
}

function Sizes({ sizes }: { sizes: Record<string, number> }) {
  const rows = Object.entries(sizes)
    .map(([size, count]) => [Number(size), count] as const)
    .sort(([a], [b]) => a - b);
  const most = Math.max(1, ...rows.map(([, count]) => count));
  const shown = rows.slice(0, 8);
  const rest = rows.slice(8).reduce((sum, [, count]) => sum + count, 0);
  const row = (label: string, count: number) => (
    <tr key={label}>
      <th scope="row">{label}</th>
      <td>
        <span class="hbar" style={{ width: `${Math.max(0.3, (100 * count) / most)}%` }} />
      </td>
      <td class="figure">{number(count)}</td>
    </tr>
  );
  return (
    <table class="bars">
      <tbody>
        {shown.map(([size, count]) => row(records(size), count))}
        {rest > 0 && row(`> ${shown[shown.length - 1]?.[0] ?? 0}`, rest)}
      </tbody>
    </table>
  );
}

function Overlap({ survey }: { survey: Survey }) {
  const { sources, overlap } = survey;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t('overview.overlap')}>
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">{t('overview.source')}</th>
            {sources.map((source) => (
              <th scope="col" key={source.name}>
                {source.name}
              </th>
            ))}
            <th scope="col" class="figure">
              {t('overview.records')}
            </th>
            <th scope="col" class="figure">
              {t('overview.duplicates')}
            </th>
          </tr>
        </thead>
        <tbody>
          {sources.map((source, row) => (
            <tr key={source.name}>
              <th scope="row">{source.name}</th>
              {sources.map((other, column) => {
                const share = (overlap[row]?.[column] ?? 0) / Math.max(1, overlap[row]?.[row] ?? 0);
                const cell = row === column ? number(overlap[row]?.[row] ?? 0) : `${percent(share)} %`;
                return (
                  <td key={other.name} class={row === column ? 'own' : ''}>
                    {row !== column && <i class="shade" style={{ opacity: String(0.08 + 0.5 * share) }} />}
                    <span>{cell}</span>
                  </td>
                );
              })}
              <td class="figure">{number(source.records)}</td>
              <td class="figure">{number(source.duplicates)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Quality({ survey }: { survey: Survey }) {
  const weight = (field: string) => survey.sources.reduce((sum, source) => sum + (source.fields[field]?.filled ?? 0), 0);
  const fields = [...new Set(survey.sources.flatMap((source) => Object.keys(source.fields)))].sort(
    (a, b) => weight(b) - weight(a),
  );
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t('overview.quality')}>
      <table class="matrix quality">
        <thead>
          <tr>
            <th scope="col">{t('review.field')}</th>
            {survey.sources.map((source) => (
              <th scope="col" key={source.name}>
                {source.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field}>
              <th scope="row">{fieldName(field)}</th>
              {survey.sources.map((source) => {
                const found = source.fields[field];
                if (!found) return <td key={source.name} class="none" />;
                const filled = found.filled / Math.max(1, source.records);
                const bad = Math.min(1, (found.doubtful + found.unusable) / Math.max(1, found.filled));
                return (
                  <td key={source.name} title={t('overview.filled', { n: percent(filled), bad: percent(bad) })}>
                    <span class="fill">
                      <i class="good" style={{ width: `${100 * filled * (1 - bad)}%` }} />
                      <i class="bad" style={{ width: `${100 * filled * bad}%` }} />
                    </span>
                    <small>{percent(filled)} %</small>
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
