// The probability that a weight stands for, with the thresholds.
import { number, t } from '../i18n';

const WIDTH = 520;
const HEIGHT = 220;
const LEFT = 48;
const BOTTOM = 26;
const BITS = 12;

export function Curve({ link, review }: { link: number; review: number }) {
  const x = (bits: number) => LEFT + ((bits + BITS) / (2 * BITS)) * (WIDTH - LEFT - 8);
  const y = (share: number) => HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - 10);
  const probability = (bits: number) => 1 / (1 + 2 ** -bits);
  const points = Array.from({ length: 121 }, (_, at) => -BITS + (at * 2 * BITS) / 120);
  const path = points.map((bits, at) => `${at ? 'L' : 'M'}${x(bits).toFixed(1)} ${y(probability(bits)).toFixed(1)}`).join(' ');
  const lines = [
    { bits: review, name: t('threshold.review') },
    { bits: link, name: t('threshold.link') },
  ];
  return (
    <svg class="curve" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t('model.curve')}>
      {[0, 0.5, 1].map((share) => (
        <g key={share} class="grid">
          <line x1={LEFT} x2={WIDTH - 8} y1={y(share)} y2={y(share)} />
          <text x={LEFT - 6} y={y(share) + 4} text-anchor="end">
            {number(share * 100)} %
          </text>
        </g>
      ))}
      {[-10, -5, 0, 5, 10].map((bits) => (
        <text key={bits} x={x(bits)} y={HEIGHT - 8} text-anchor="middle">
          {number(bits)}
        </text>
      ))}
      <path d={path} />
      {lines.map((line, at) => (
        <g key={line.name} class="threshold-line">
          <line x1={x(line.bits)} x2={x(line.bits)} y1={y(0)} y2={y(1)} />
          <circle cx={x(line.bits)} cy={y(probability(line.bits))} r="4" />
          <text x={x(line.bits) + (at ? 8 : -8)} y={y(at ? 0.12 : 0.9)} text-anchor={at ? 'start' : 'end'}>
            {line.name} {number(probability(line.bits) * 100)} %
          </text>
        </g>
      ))}
    </svg>
  );
}
