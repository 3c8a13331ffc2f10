// What the whole workbench shares: who asks, the language, and what to tell the
// user in passing.
import { useEffect, useState } from 'preact/hooks';
import type { Me } from './api';

type Listener = () => void;

class Shared<T> {
  private listeners = new Set<Listener>();
  constructor(private value: T) {}
  get(): T {
    return this.value;
  }
  set(next: T): void {
    this.value = next;
    this.listeners.forEach((listener) => listener());
  }
  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export function useShared<T>(shared: Shared<T>): T {
  const [value, setValue] = useState(shared.get());
  useEffect(() => shared.subscribe(() => setValue(() => shared.get())), [shared]);
  return value;
}

/** Who asks; `null` before that is known or where nobody is signed in. */
export const me = new Shared<Me | null>(null);

export function may(role: string): boolean {
  return me.get()?.roles.includes(role) ?? false;
}

export interface Toast {
  id: number;
  text: string;
  detail?: string;
  kind: 'done' | 'failed';
  action?: { label: string; run: () => void };
}

export const toasts = new Shared<Toast[]>([]);
let nextToast = 1;

export function tell(text: string, more: Partial<Omit<Toast, 'id' | 'text'>> = {}): void {
  const toast: Toast = { id: nextToast++, text, kind: 'done', ...more };
  toasts.set([...toasts.get().slice(-2), toast]);
  setTimeout(() => dismiss(toast.id), toast.kind === 'failed' ? 12_000 : 6_000);
}

export function dismiss(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id));
}

const SINGLE_KEYS = 'einklang.single-keys';
/** Whether single keys are shortcuts; WCAG 2.1.4 wants them to be switched off. */
export const singleKeys = new Shared(localStorage.getItem(SINGLE_KEYS) !== 'off');

export function setSingleKeys(on: boolean): void {
  localStorage.setItem(SINGLE_KEYS, on ? 'on' : 'off');
  singleKeys.set(on);
}
