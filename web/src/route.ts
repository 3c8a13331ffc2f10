// Which page is shown. The address after the `#` never reaches the server, so
// that no customer's id stands in a log.
import { useEffect, useState } from 'preact/hooks';

export interface Route {
  page: string;
  parts: string[];
  query: URLSearchParams;
}

export function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  return { page: parts[0] ?? 'overview', parts: parts.slice(1), query: new URLSearchParams(query) };
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parse(location.hash));
  useEffect(() => {
    const change = () => setRoute(parse(location.hash));
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  return route;
}

export function href(page: string, parts: string[] = [], query: Record<string, string> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  const search = given.length ? `?${new URLSearchParams(given).toString()}` : '';
  return `#/${[page, ...parts].map(encodeURIComponent).join('/')}${search}`;
}

export function go(page: string, parts: string[] = [], query: Record<string, string> = {}): void {
  location.hash = href(page, parts, query);
}

export function customerHref(id: string): string {
  return href('customers', [id]);
}
