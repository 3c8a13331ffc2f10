// Says in a sentence why a pair is doubtful: what speaks most for it, what
// against it, and how far it is from a link.
import type { Explanation, Question } from '../api';
import { fieldName, list, maybe, number, t } from '../i18n';

export function sentences(found: Explanation, kind?: Question['kind']): string[] {
  const told: string[] = [];
  const strong = (sign: number) =>
    found.steps
      .filter((step) => step.weight * sign > 0.75)
      .sort((a, b) => sign * (b.weight - a.weight))
      .slice(0, 3)
      .map((step) => fieldName(step.comparison));
  const [speakFor, against] = [strong(1), strong(-1)];
  const parts: string[] = [];
  if (speakFor.length)
    parts.push(t(speakFor.length > 1 ? 'review.sentence.for' : 'review.sentence.forOne', { list: list(speakFor) }));
  if (against.length)
    parts.push(t(against.length > 1 ? 'review.sentence.against' : 'review.sentence.againstOne', { list: list(against) }));
  told.push(parts.length ? `${parts.join(t('review.sentence.but'))}.` : t('review.sentence.nothing'));
  if (found.rule) {
    const then = maybe(`then.${found.rule.then}`, found.rule.then);
    told.push(t('review.sentence.rule', { name: found.rule.name, then }));
  } else {
    const off = found.weight - found.link_weight;
    const key = off < 0 ? 'review.sentence.short' : 'review.sentence.beyond';
    told.push(t(key, { n: number(Math.abs(off), 1) }));
  }
  if (kind === 'cut') told.push(t('review.sentence.cut'));
  if (kind === 'bridge') told.push(t('review.sentence.bridge'));
  if (kind === 'changed') told.push(t('review.sentence.changed'));
  if (kind === 'sample') told.push(t('review.sentence.sample'));
  if (kind === 'large') told.push(t('review.sentence.large'));
  return told;
}
