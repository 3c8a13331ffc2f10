// The records of a customer and what holds them together, laid out by forces:
// what is strongly linked stands close. Drawn once it has come to rest.
import { forceCenter, forceCollide, forceLink, forceManyBody, forceSimulation, type SimulationNodeDatum } from 'd3-force';
import { useMemo } from 'preact/hooks';
import type { Desk } from '../api';
import { signed, t } from '../i18n';

interface Node extends SimulationNodeDatum {
  place: number;
}

const WIDTH = 560;
const HEIGHT = 320;
const MARGIN = 46;
/** Beyond so many records weak pairs would only be clutter. */
const WEAK_MAX = 8;

export function Graph(props: { desk: Desk; selected: Set<number>; toggle: (place: number) => void }) {
  const { desk } = props;
  const count = desk.records.length;
  const links = useMemo(
    () => desk.links.filter((link) => link.joins || link.judgement || count <= WEAK_MAX),
    [desk, count],
  );
  const nodes = useMemo(() => laidOut(count, links), [count, links]);
  const at = (place: number) => nodes[place] ?? { x: WIDTH / 2, y: HEIGHT / 2 };
  return (
    <svg class="graph" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t('customer.links')}>
      {links.map((link) => {
        const [a, b] = [at(link.a), at(link.b)];
        const kind = link.judgement === 'negative' ? 'apart' : link.is_bridge ? 'bridge' : link.joins ? 'joins' : 'weak';
        return (
          <g key={`${link.a} ${link.b}`} class={`edge ${kind}`}>
            <line x1={a.x} y1={a.y} x2={b.x} y2={b.y} stroke-width={Math.max(1, Math.min(7, link.weight / 4 + 1))} />
            {links.length <= 12 && (link.joins || link.judgement) && (
              <text x={((a.x ?? 0) + (b.x ?? 0)) / 2} y={((a.y ?? 0) + (b.y ?? 0)) / 2 - 4}>
                {signed(link.weight, 0)}
              </text>
            )}
            <title>
              {signed(link.weight)} · {Math.round(link.probability * 100)} %
            </title>
          </g>
        );
      })}
      {desk.records.map((record, place) => {
        const { x = 0, y = 0 } = at(place);
        return (
          <g
            key={record.source + record.record_id}
            class={`node ${props.selected.has(place) ? 'selected' : ''}`}
            transform={`translate(${x} ${y})`}
            onClick={() => props.toggle(place)}
          >
            <circle r="9" />
            <text y="24">{`${record.source} ${record.record_id}`}</text>
          </g>
        );
      })}
    </svg>
  );
}

/** Where each record stands, once the forces have come to rest. */
function laidOut(count: number, links: Desk['links']): Node[] {
  const nodes: Node[] = Array.from({ length: count }, (_, place) => ({ place }));
  const strongest = Math.max(1, ...links.map((link) => link.weight));
  const forces = links
    .filter((link) => link.joins)
    .map((link) => ({ source: link.a, target: link.b, strength: 0.2 + 0.8 * Math.max(0, link.weight / strongest) }));
  const simulation = forceSimulation(nodes)
    .force('link', forceLink(forces).distance(110).strength((link) => (link as { strength?: number }).strength ?? 0.5))
    .force('charge', forceManyBody().strength(-420))
    .force('collide', forceCollide(40))
    .force('center', forceCenter(WIDTH / 2, HEIGHT / 2))
    .stop();
  for (let round = 0; round < 240; round++) simulation.tick();
  const xs = nodes.map((node) => node.x ?? 0);
  const ys = nodes.map((node) => node.y ?? 0);
  const fit = (value: number, values: number[], size: number) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const span = Math.max(high - low, 1);
    const scale = Math.min(1.9, (size - 2 * MARGIN) / span);
    return size / 2 + (value - (low + high) / 2) * scale;
  };
  return nodes.map((node) => ({ ...node, x: fit(node.x ?? 0, xs, WIDTH), y: fit(node.y ?? 0, ys, HEIGHT) }));
}
