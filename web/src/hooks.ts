// Loading, and keys.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from './api';
import { singleKeys } from './store';

export interface Loaded<T> {
  value: T | null;
  problem: Problem | null;
  isLoading: boolean;
  again: () => void;
  set: (value: T) => void;
}

/** Loads something whenever what it depends on changes; keeps what was there until then. */
export function useLoaded<T>(load: () => Promise<T>, dependencies: unknown[]): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isLoading, setLoading] = useState(true);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    setLoading(true);
    load().then(
      (loaded) => {
        if (!isCurrent) return;
        setValue(() => loaded);
        setProblem(null);
        setLoading(false);
      },
      (error: unknown) => {
        if (!isCurrent) return;
        setProblem(asProblem(error));
        setLoading(false);
      },
    );
    return () => {
      isCurrent = false;
    };
    // eslint-disable-next-line
  }, [...dependencies, round]);
  const again = useCallback(() => setRound((known) => known + 1), []);
  const set = useCallback((next: T) => setValue(() => next), []);
  return { value, problem, isLoading, again, set };
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, String(error), undefined, undefined);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) || Boolean(target.shadowRoot);
}

/** Runs what belongs to a single key, unless the user types or has switched them off. */
export function useKeys(keys: Record<string, () => void>, isOn = true): void {
  const known = useRef(keys);
  known.current = keys;
  useEffect(() => {
    if (!isOn) return;
    const press = (event: KeyboardEvent) => {
      if (!singleKeys.get() || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
      const run = known.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!run) return;
      event.preventDefault();
      run();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [isOn]);
}
