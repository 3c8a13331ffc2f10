// Words in the user's language. One catalogue per language; a test holds them
// to the same keys.
import de from './locales/de.json';
import en from './locales/en.json';

export type Key = keyof typeof en;
export type Language = 'de' | 'en';

const CATALOGUES: Record<Language, Record<Key, string>> = { de, en };
const KEPT = 'einklang.language';

function preferred(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'de' || kept === 'en') return kept;
  return navigator.language.toLowerCase().startsWith('de') ? 'de' : 'en';
}

let language = preferred();
document.documentElement.lang = language;

export function currentLanguage(): Language {
  return language;
}

export function setLanguage(next: Language): void {
  language = next;
  localStorage.setItem(KEPT, next);
  document.documentElement.lang = next;
}

/** The words of a key, with `{name}` filled in. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return CATALOGUES[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : String(value);
  });
}

/** The words of a key that may not be there, else what is given. */
export function maybe(key: string, otherwise: string): string {
  return (CATALOGUES[language] as Record<string, string>)[key] ?? otherwise;
}

/** What a field or comparison is called. */
export function fieldName(field: string): string {
  const [attribute, label] = field.split(':');
  const plain = (attribute ?? field).replaceAll('_', ' ');
  const known = maybe(`field.${attribute ?? field}`, plain.charAt(0).toUpperCase() + plain.slice(1));
  return label ? `${known} (${label})` : known;
}

function locale(): string {
  return language === 'de' ? 'de-DE' : 'en-GB';
}

export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

export function signed(value: number, digits = 1): string {
  const text = new Intl.NumberFormat(locale(), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: 'exceptZero',
  });
  return text.format(value).replace('-', '−');
}

export function percent(share: number): string {
  const value = share * 100;
  const digits = value > 0 && (value < 1 || value > 99) && value < 100 ? 1 : 0;
  return number(value, digits);
}

export function time(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(date);
}

export function records(count: number): string {
  return count === 1 ? t('common.record') : t('common.records', { n: number(count) });
}

/** “a, b and c”. */
export function list(items: string[]): string {
  if (items.length < 2) return items[0] ?? '';
  return items.slice(0, -1).join(', ') + t('list.and') + items[items.length - 1];
}
