// Changes by day, as bars that stand on each other; and how many duplicates there
// were at the end of each day.
import { maybe, number, t } from '../i18n';

const KINDS = ['created', 'merged', 'split', 'changed', 'retired', 'erased'];
const WIDTH = 520;
const HEIGHT = 120;
const DAYS = 30;

export function Days({ days }: { days: Record<string, Record<string, number>> }) {
  const last = new Date();
  const shown = Array.from({ length: DAYS }, (_, at) => {
    const day = new Date(last.getTime() - (DAYS - 1 - at) * 86_400_000).toISOString().slice(0, 10);
    return { day, kinds: days[day] ?? {} };
  });
  const total = (kinds: Record<string, number>) => Object.values(kinds).reduce((sum, one) => sum + one, 0);
  const most = Math.max(1, ...shown.map(({ kinds }) => total(kinds)));
  const step = WIDTH / DAYS;
  return (
    <svg class="days" viewBox={`0 0 ${WIDTH} ${HEIGHT + 18}`} role="img" aria-label={t('overview.days')}>
      <line x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} class="axis" />
      {shown.map(({ day, kinds }, at) => {
        let y = HEIGHT;
        return (
          <g key={day}>
            <title>{`${day}: ${KINDS.filter((kind) => kinds[kind])
              .map((kind) => `${number(kinds[kind] ?? 0)} ${maybe(`kind.${kind}`, kind)}`)
              .join(', ')}`}</title>
            {KINDS.map((kind) => {
              const height = ((kinds[kind] ?? 0) / most) * (HEIGHT - 8);
              y -= height;
              return height > 0 ? (
                <rect key={kind} class={kind} x={at * step + 2} y={y} width={step - 4} height={height} />
              ) : null;
            })}
            {(at === 0 || at === DAYS - 1) && (
              <text x={at === 0 ? 0 : WIDTH} y={HEIGHT + 14} text-anchor={at === 0 ? 'start' : 'end'}>
                {day}
              </text>
            )}
          </g>
        );
      })}
      <text x="0" y="10">
        {number(most)}
      </text>
    </svg>
  );
}

/** How a number went, day by day. */
export function Course({ label, days }: { label: string; days: Record<string, number> }) {
  const points = Object.entries(days).sort(([a], [b]) => a.localeCompare(b));
  const first = points[0];
  const last = points[points.length - 1];
  if (!first || !last || points.length < 2) return null;
  const most = Math.max(1, ...points.map(([, count]) => count));
  const x = (at: number) => (at / (points.length - 1)) * (WIDTH - 8) + 4;
  const y = (count: number) => HEIGHT - (count / most) * (HEIGHT - 24);
  return (
    <svg
      class="days course"
      viewBox={`0 0 ${WIDTH} ${HEIGHT + 18}`}
      role="img"
      aria-label={`${label}: ${first[0]} ${number(first[1])}, ${last[0]} ${number(last[1])}`}
    >
      <line x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} class="axis" />
      <polyline points={points.map(([, count], at) => `${x(at)},${y(count)}`).join(' ')} />
      {points.map(([day, count], at) => (
        <circle key={day} cx={x(at)} cy={y(count)} r="3">
          <title>{`${day}: ${number(count)}`}</title>
        </circle>
      ))}
      <text x={WIDTH} y={Math.max(10, y(last[1]) - 8)} text-anchor="end">
        {number(last[1])}
      </text>
      <text x="0" y={HEIGHT + 14}>
        {first[0]}
      </text>
      <text x={WIDTH} y={HEIGHT + 14} text-anchor="end">
        {last[0]}
      </text>
    </svg>
  );
}
