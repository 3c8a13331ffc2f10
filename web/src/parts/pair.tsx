// Two records side by side, differences marked to the character, and the
// waterfall of what each comparison adds.
import type { Explanation, Member } from '../api';
import { fieldName, maybe, number, signed, t } from '../i18n';
import { RecordName } from './basics';
import { differences, type Run } from './difference';

/** Fields that are made of others. */
const COMPOSED = ['address', 'full_name'];
const ADDRESS = ['street', 'house_number', 'postcode', 'city'];

/** The level that a field's comparison reached. Parts of an address have its
 * level, but for those that are equal in an address that is not. */
function levelOf(found: Explanation, row: Explanation['values'][number]): string | undefined {
  const named = (name: string) => found.steps.find((step) => step.comparison === name)?.level;
  const own = named(row.field);
  if (own || !ADDRESS.includes(row.field)) return own;
  const whole = named('address') ?? named('place');
  return whole !== 'same' && isEqual(row) ? undefined : whole;
}

const ORDER = [
  'title',
  'given_name',
  'family_name',
  'full_name',
  'organisation',
  'birth_date',
  'gender',
  'email',
  'phone',
  'street',
  'house_number',
  'address_extra',
  'postcode',
  'city',
  'region',
  'country',
];

function rank(field: string): number {
  const at = ORDER.indexOf(field);
  return at < 0 ? ORDER.length : at;
}

export function PairTable(props: { found: Explanation; a: Member; b: Member; names?: [string, string] }) {
  const { found } = props;
  const isBoth = (row: Explanation['values'][number]) => Boolean(row.a && row.b);
  // What can be compared comes first; what only one side has, after it.
  const values = found.values
    .filter((row) => row.a || row.b)
    .sort((x, y) => Number(isBoth(y)) - Number(isBoth(x)) || rank(x.field) - rank(y.field));
  const isEvidence = (row: Explanation['values'][number]) =>
    ORDER.includes(row.field) || [row.a, row.b].some((value) => value && value.canonical !== null);
  const shown = values.filter((row) => isEvidence(row) && (!COMPOSED.includes(row.field) || isNeeded(found, row.field)));
  return (
    <table class="pair">
      <thead>
        <tr>
          <th scope="col">
            <span class="visually-hidden">{t('review.field')}</span>
          </th>
          <th scope="col">
            <RecordName name={props.a} />
          </th>
          <th scope="col">
            <RecordName name={props.b} />
          </th>
          <th scope="col" class="level-head">
            <span class="visually-hidden">{t('model.tableLevel')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {shown.map((row, at) => {
          const [left, right] = differences(row.a?.display ?? '', row.b?.display ?? '');
          const level = row.a && row.b ? levelOf(found, row) : undefined;
          return (
            <tr key={`${row.field}${at}`} class={row.a && row.b ? '' : 'one-sided'}>
              <th scope="row">{fieldName(row.field)}</th>
              <td>
                <Cell value={row.a} runs={left} isLone={!row.b} isSoft={isEqual(row)} />
              </td>
              <td>
                <Cell value={row.b} runs={right} isLone={!row.a} isSoft={isEqual(row)} />
              </td>
              <td class="level-cell">{level && level !== 'missing' && <Level level={level} />}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Composed fields only repeat their parts where those are there. */
function isNeeded(found: Explanation, field: string): boolean {
  const parts = field === 'address' ? ADDRESS : ['given_name', 'family_name'];
  return !found.values.some((row) => parts.includes(row.field));
}

export function Level({ level }: { level: string }) {
  return <span class={`level ${level}`}>{maybe(`level.${level}`, level)}</span>;
}

/** Whether two values count as one, however they are spelled. */
function isEqual(row: Explanation['values'][number]): boolean {
  return row.a !== null && row.a.canonical !== null && row.a.canonical === row.b?.canonical;
}

/** A value without what comparing never sees: case, accents, spaces and dots. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\p{M}\s./()-]/gu, '');
}

function Cell(props: {
  value: { display: string; canonical: string | null } | null;
  runs: Run[];
  isLone: boolean;
  isSoft: boolean;
}) {
  const { value } = props;
  if (!value) return <span class="missing">{t('common.none')}</span>;
  const isOtherwise = value.canonical !== null && plain(value.canonical) !== plain(value.display);
  return (
    <>
      <span class={value.canonical === null ? 'value unusable' : 'value'}>
        {props.isLone ? value.display : props.runs.map((run, at) =>
              run.differs ? (
                <mark key={at} class={props.isSoft ? 'soft' : ''}>
                  {run.text}
                </mark>
              ) : (
                run.text
              ),
            )}
      </span>
      {isOtherwise && <small class="canonical">{t('review.compared', { value: value.canonical ?? '' })}</small>}
      {value.canonical === null && <small class="canonical">{t('review.noEvidence')}</small>}
    </>
  );
}

export function Waterfall({ found }: { found: Explanation }) {
  const totals = [found.prior, ...found.steps.map((step) => step.total), found.link_weight, found.review_weight, 0];
  const low = Math.min(...totals) - 1;
  const high = Math.max(...totals) + 1;
  const at = (bits: number) => ((bits - low) / (high - low)) * 100;
  const bar = (from: number, to: number) => ({ left: `${at(Math.min(from, to))}%`, width: `${Math.abs(at(to) - at(from))}%` });
  const lines = [
    { bits: found.review_weight, label: t('threshold.review') },
    { bits: found.link_weight, label: t('threshold.link') },
  ];
  let before = found.prior;
  return (
    <div class="waterfall">
      <div class="scale" aria-hidden="true">
        <div class="track">
          {lines.map((line, place) => (
            <span key={line.label} class={`threshold ${place ? 'to-right' : 'to-left'}`} style={{ left: `${at(line.bits)}%` }}>
              <em>{line.label}</em>
            </span>
          ))}
        </div>
      </div>
      <ol>
        <li class="prior">
          <span class="what">{t('review.start')}</span>
          <span class="track">
            {lines.map((line) => (
              <i key={line.label} class="line" style={{ left: `${at(line.bits)}%` }} />
            ))}
            <b class="dot" style={{ left: `${at(found.prior)}%` }} />
          </span>
          <span class="bits">{signed(found.prior)}</span>
        </li>
        {found.steps.map((step) => {
          const from = before;
          before = step.total;
          return (
            <li key={step.comparison}>
              <span class="what">
                {fieldName(step.comparison)} <small>{maybe(`level.${step.level}`, step.level)}</small>
              </span>
              <span class="track">
                {lines.map((line) => (
                  <i key={line.label} class="line" style={{ left: `${at(line.bits)}%` }} />
                ))}
                <b class={step.weight >= 0 ? 'up' : 'down'} style={bar(from, step.total)} />
              </span>
              <span class={`bits ${step.weight >= 0 ? 'up' : 'down'}`}>{signed(step.weight)}</span>
            </li>
          );
        })}
        <li class="total">
          <span class="what">{t('probability', { n: number(found.probability * 100, found.probability > 0.99 || found.probability < 0.01 ? 2 : 0) })}</span>
          <span class="track">
            {lines.map((line) => (
              <i key={line.label} class="line" style={{ left: `${at(line.bits)}%` }} />
            ))}
            <b class="dot end" style={{ left: `${at(found.weight)}%` }} />
          </span>
          <span class="bits">{signed(found.weight)}</span>
        </li>
      </ol>
    </div>
  );
}

export function Raw({ found }: { found: Explanation }) {
  return (
    <details class="raw">
      <summary>{t('review.raw')}</summary>
      <div class="raw-columns">
        {found.raw.map((record) => (
          <table key={record.name}>
            <caption>
              <code>{record.name}</code>
            </caption>
            <tbody>
              {record.cells.map((cell) => (
                <tr key={cell.column}>
                  <th scope="row">{cell.column}</th>
                  <td>{cell.value}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ))}
      </div>
    </details>
  );
}
