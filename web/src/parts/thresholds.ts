// The few settings that most changes are about, read from a rule file and
// written into it, for those who do not read TOML. Everything else of the file
// stays as it is, comments included.

export type Setting = { section: string; key: string };

export const SETTINGS = {
  link: { section: 'thresholds', key: 'link' },
  review: { section: 'thresholds', key: 'review' },
  size: { section: 'cluster', key: 'size_review' },
} satisfies Record<string, Setting>;

interface Found {
  /** Where the section's lines begin and end. */
  start: number;
  end: number;
}

function section(lines: string[], name: string): Found | null {
  const head = lines.findIndex((line) => new RegExp(`^\\s*\\[\\s*${name}\\s*\\]`).test(line));
  if (head < 0) return null;
  const rest = lines.slice(head + 1).findIndex((line) => /^\s*\[/.test(line));
  return { start: head + 1, end: rest < 0 ? lines.length : head + 1 + rest };
}

function lineOf(lines: string[], setting: Setting): number {
  const found = section(lines, setting.section);
  if (!found) return -1;
  const at = lines.slice(found.start, found.end).findIndex((line) => new RegExp(`^\\s*${setting.key}\\s*=`).test(line));
  return at < 0 ? -1 : found.start + at;
}

/** The number that a rule file sets; `null` where it leaves it to the engine. */
export function read(text: string, setting: Setting): number | null {
  const lines = text.split('\n');
  const line = lines[lineOf(lines, setting)];
  const value = line === undefined ? Number.NaN : Number.parseFloat(line.split('=')[1] ?? '');
  return Number.isFinite(value) ? value : null;
}

/** The rule file with another number; `null` takes the line out. */
export function write(text: string, setting: Setting, value: number | null): string {
  const lines = text.split('\n');
  const at = lineOf(lines, setting);
  if (value === null) {
    if (at >= 0) lines.splice(at, 1);
    return lines.join('\n');
  }
  const line = `${setting.key} = ${value}`;
  if (at >= 0) {
    const comment = /#.*$/.exec(lines[at] ?? '')?.[0];
    lines[at] = comment ? `${line} ${comment}` : line;
    return lines.join('\n');
  }
  const found = section(lines, setting.section);
  if (found) lines.splice(found.start, 0, line);
  else {
    if (lines[lines.length - 1] === '') lines.pop();
    if (lines.length) lines.push('');
    lines.push(`[${setting.section}]`, line, '');
  }
  return lines.join('\n');
}
