// Comparisons and blocking keys, read from a rule file and written into it, for
// those who do not read TOML. What else stands in the file stays as it is,
// comments included.

export const LEVELS = ['different', 'weak', 'similar', 'close', 'variant', 'same'] as const;
export type Level = (typeof LEVELS)[number];
export interface Comparison {
  off: boolean;
  weights: Partial<Record<Level, number>>;
}

interface Range {
  /** The line of the header, and the line after the last of the block. */
  start: number;
  end: number;
}

/** The blocks `[[name]]`, each with its tables `[name.…]`. */
function blocks(lines: string[], name: string): Range[] {
  const found: Range[] = [];
  lines.forEach((line, start) => {
    if (!new RegExp(`^\\s*\\[\\[\\s*${name}\\s*\\]\\]`).test(line)) return;
    const own = new RegExp(`^\\s*\\[\\s*${name}\\.`);
    const rest = lines.slice(start + 1).findIndex((next) => /^\s*\[/.test(next) && !own.test(next));
    found.push({ start, end: rest < 0 ? lines.length : start + 1 + rest });
  });
  return found;
}

/** The bare text of a line, its comment cut off. */
function bare(line: string): string {
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const one = line[at] ?? '';
    if (quote) {
      if (one === '\\' && quote === '"') at++;
      else if (one === quote) quote = '';
    } else if (one === '"' || one === "'") quote = one;
    else if (one === '#') return line.slice(0, at);
  }
  return line;
}

function textOf(line: string, key: string): string | null {
  return new RegExp(`^\\s*${key}\\s*=\\s*["']([^"']*)["']\\s*$`).exec(bare(line))?.[1] ?? null;
}

function blockOf(lines: string[], on: string): Range | undefined {
  return blocks(lines, 'comparison').find(({ start, end }) => lines.slice(start, end).some((line) => textOf(line, 'on') === on));
}

const WEIGHT = new RegExp(`\\b(${LEVELS.join('|')})\\s*=\\s*([-+]?[\\d_]+(?:\\.[\\d_]+)?(?:[eE][-+]?\\d+)?)`, 'g');

/** Which lines of a block say weights, as a table or in one line. */
function weightLines(lines: string[], { start, end }: Range): number[] {
  const found: number[] = [];
  let inTable = false;
  for (let at = start + 1; at < end; at++) {
    const line = bare(lines[at] ?? '');
    if (/^\s*\[/.test(line)) inTable = /^\s*\[\s*comparison\.weights\s*\]/.test(line);
    if (inTable ? line.trim() !== '' : /^\s*weights\s*[.=]/.test(line)) found.push(at);
  }
  return found;
}

/** What a rule file says of a comparison. */
export function readComparison(text: string, on: string): Comparison {
  const lines = text.split('\n');
  const block = blockOf(lines, on);
  if (!block) return { off: false, weights: {} };
  const off = lines.slice(block.start, block.end).some((line) => /^\s*off\s*=\s*true\s*$/.test(bare(line)));
  const weights: Comparison['weights'] = {};
  for (const at of weightLines(lines, block)) {
    for (const [, level, value] of bare(lines[at] ?? '').matchAll(WEIGHT)) {
      weights[level as Level] = Number.parseFloat((value ?? '').replaceAll('_', ''));
    }
  }
  return { off, weights };
}

/** The rule file with another say on a comparison; a block that says nothing is taken out. */
export function writeComparison(text: string, on: string, next: Comparison): string {
  const lines = text.split('\n');
  const told = LEVELS.filter((level) => next.weights[level] !== undefined);
  const weights = told.map((level) => `${level} = ${decimal(next.weights[level] ?? 0)}`).join(', ');
  const said = [...(next.off ? ['off = true'] : []), ...(told.length ? [`weights = { ${weights} }`] : [])];
  const block = blockOf(lines, on);
  if (!block) {
    if (!said.length) return text;
    return appended(lines, ['[[comparison]]', `on = "${on}"`, ...said]);
  }
  const gone = new Set(weightLines(lines, block));
  const kept = lines.slice(block.start, block.end).filter((line, at) => !gone.has(block.start + at) && !/^\s*off\s*=/.test(bare(line)));
  const at = kept.findIndex((line) => textOf(line, 'on') === on);
  const saysMore = kept.some((line, place) => place > 0 && place !== at && line.trim() !== '');
  kept.splice(at + 1, 0, ...said);
  lines.splice(block.start, block.end - block.start, ...(said.length || saysMore ? kept : []));
  return lines.join('\n');
}

/** TOML takes whole numbers for no weights. */
function decimal(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function appended(lines: string[], block: string[]): string {
  const all = [...lines];
  while (all.length && (all[all.length - 1] ?? '').trim() === '') all.pop();
  if (all.length) all.push('');
  return [...all, ...block, ''].join('\n');
}

/** Where `[blocking]` says its keys: the first line and the one after the last. */
function keyLines(lines: string[]): Range | null {
  const head = lines.findIndex((line) => /^\s*\[\s*blocking\s*\]/.test(line));
  if (head < 0) return null;
  for (let at = head + 1; at < lines.length && !/^\s*\[(?!\s*["'])/.test(lines[at] ?? ''); at++) {
    if (!/^\s*keys\s*=/.test(bare(lines[at] ?? ''))) continue;
    let end = at;
    while (end < lines.length && !/\]\s*,?\s*$/.test(bare(lines[end] ?? ''))) end++;
    return { start: at, end: Math.min(end + 1, lines.length) };
  }
  return null;
}

/** The keys that a rule file names; `null` where it leaves them to the engine. */
export function readKeys(text: string): string[] | null {
  const lines = text.split('\n');
  const found = keyLines(lines);
  if (!found) return null;
  const all = lines.slice(found.start, found.end).map(bare).join('\n');
  return [...all.slice(all.indexOf('[')).matchAll(/"([^"]*)"|'([^']*)'/g)].map(([, a, b]) => a ?? b ?? '');
}

/** The rule file with other keys; none leaves them to the engine. */
export function writeKeys(text: string, keys: string[]): string {
  const lines = text.split('\n');
  const found = keyLines(lines);
  const said = keys.length ? ['keys = [', ...keys.map((key) => `  "${key.replaceAll('"', '')}",`), ']'] : [];
  if (found) {
    lines.splice(found.start, found.end - found.start, ...said);
    return lines.join('\n');
  }
  if (!said.length) return text;
  const head = lines.findIndex((line) => /^\s*\[\s*blocking\s*\]/.test(line));
  if (head < 0) return appended(lines, ['[blocking]', ...said]);
  lines.splice(head + 1, 0, ...said);
  return lines.join('\n');
}
