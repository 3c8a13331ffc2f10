// The shell: signing in, the bar at the top, the page, the keys.
import type { ComponentChildren } from 'preact';
import { lazy, Suspense } from 'preact/compat';
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, onSignedOut, setToken } from './api';
import { asProblem, useKeys } from './hooks';
import { currentLanguage, setLanguage, t, type Key, type Language } from './i18n';
import { Dialog, Failure, Loading } from './parts/basics';
import { Toasts } from './parts/toasts';
import { SignIn } from './pages/signin';
import { go, href, useRoute } from './route';
import { me, setSingleKeys, singleKeys, useShared } from './store';
import { setTheme, theme, type Theme } from './theme';

const PAGES = {
  overview: lazy(() => import('./pages/overview').then((page) => ({ default: page.Overview }))),
  review: lazy(() => import('./pages/review').then((page) => ({ default: page.Review }))),
  customers: lazy(() => import('./pages/customers').then((page) => ({ default: page.Customers }))),
  why: lazy(() => import('./pages/why').then((page) => ({ default: page.Why }))),
  rules: lazy(() => import('./pages/rules').then((page) => ({ default: page.Rules }))),
  model: lazy(() => import('./pages/model').then((page) => ({ default: page.Model }))),
  audit: lazy(() => import('./pages/audit').then((page) => ({ default: page.Audit }))),
};
type PageName = keyof typeof PAGES;
const ORDER: PageName[] = ['overview', 'review', 'customers', 'why', 'rules', 'model', 'audit'];
/** The letter after `g` that leads to a page. */
const LETTERS: Record<PageName, string> = {
  overview: 'o',
  review: 'r',
  customers: 'c',
  why: 'w',
  rules: 'u',
  model: 'm',
  audit: 'a',
};

export function App() {
  const who = useShared(me);
  const [state, setState] = useState<'asking' | 'out' | 'in' | 'failed'>('asking');
  const [language, choose] = useState<Language>(currentLanguage());
  const ask = () => {
    setState('asking');
    api.me().then(
      (found) => {
        me.set(found);
        setState('in');
      },
      (error) => setState(asProblem(error).status === 401 ? 'out' : 'failed'),
    );
  };
  useEffect(() => {
    onSignedOut(() => {
      me.set(null);
      setState('out');
    });
    ask();
  }, []);
  const change = (next: Language) => {
    setLanguage(next);
    choose(next);
  };
  if (state === 'asking') return <Loading />;
  if (state === 'failed') return <Failure problem={asProblem(new Error())} again={ask} isUnreachable />;
  if (state === 'out' || !who) return <SignIn then={ask} />;
  const signOut = () => {
    setToken(null);
    me.set(null);
    setState('out');
  };
  return <Shell key={language} name={who.name} signOut={signOut} setLanguage={change} />;
}

function Shell(props: { name: string; signOut: () => void; setLanguage: (language: Language) => void }) {
  const route = useRoute();
  const [isHelp, setHelp] = useState(false);
  const awaiting = useRef(0);
  const name = (ORDER as string[]).includes(route.page) ? (route.page as PageName) : null;
  const Page = name ? PAGES[name] : null;
  const letters = Object.fromEntries(ORDER.map((page) => [LETTERS[page], page]));
  useKeys({
    '?': () => setHelp(true),
    '/': () => {
      go('customers');
      setTimeout(() => document.querySelector<HTMLInputElement>('#search')?.focus(), 60);
    },
    g: () => {
      awaiting.current = Date.now();
    },
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const page = letters[event.key];
      const isSecond = Date.now() - awaiting.current < 1200;
      if (!isSecond || !page || event.target instanceof HTMLInputElement || !singleKeys.get()) return;
      awaiting.current = 0;
      event.preventDefault();
      event.stopPropagation();
      go(page);
    };
    addEventListener('keydown', press, true);
    return () => removeEventListener('keydown', press, true);
  }, []);
  useEffect(() => {
    document.title = name ? `${t(`nav.${name}` as Key)} · ${t('app.name')}` : t('app.name');
  }, [name]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), document.getElementById('main')?.focus())}>
        {t('app.skip')}
      </a>
      <header class="bar">
        <a class="mark" href={href('overview')} aria-label={t('app.name')}>
          <svg viewBox="0 0 34 20" width="34" height="20" aria-hidden="true">
            <circle cx="12" cy="10" r="8" class="ring-a" />
            <circle cx="21" cy="10" r="8" class="ring-b" />
          </svg>
          <span>{t('app.name')}</span>
        </a>
        <nav aria-label={t('nav.main')}>
          {ORDER.map((page) => (
            <a key={page} href={href(page)} aria-current={page === name ? 'page' : undefined}>
              {t(`nav.${page}` as Key)}
            </a>
          ))}
        </nav>
        <Settings {...props} help={() => setHelp(true)} />
      </header>
      <main id="main" tabIndex={-1}>
        {Page ? (
          <Suspense fallback={<Loading />}>
            <Page route={route} />
          </Suspense>
        ) : (
          <p class="quiet">{t('error.notFound')}</p>
        )}
      </main>
      <Toasts />
      {isHelp && <Help close={() => setHelp(false)} />}
    </>
  );
}

function Settings(props: {
  name: string;
  signOut: () => void;
  setLanguage: (language: Language) => void;
  help: () => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState<Theme>(theme());
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    const leave = (event: Event) => {
      if (event instanceof KeyboardEvent ? event.key === 'Escape' : !place.current?.contains(event.target as Node)) {
        setOpen(false);
      }
    };
    addEventListener('pointerdown', leave);
    addEventListener('keydown', leave);
    return () => {
      removeEventListener('pointerdown', leave);
      removeEventListener('keydown', leave);
    };
  }, [isOpen]);
  const themes: Theme[] = ['system', 'light', 'dark'];
  return (
    <div class="settings" ref={place}>
      <button class="plain key-hint" onClick={props.help} aria-label={t('keys.title')}>
        <kbd>?</kbd>
      </button>
      <button class="plain" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span class="visually-hidden">{t('settings.menu')}: </span>
        {props.name} <span aria-hidden="true">▾</span>
      </button>
      {isOpen && (
        <div class="menu">
          <p class="small">{t('settings.signedInAs', { name: props.name })}</p>
          <fieldset>
            <legend>{t('settings.language')}</legend>
            {(['en', 'de'] as Language[]).map((language) => (
              <button
                key={language}
                class="choice"
                aria-pressed={currentLanguage() === language}
                lang={language}
                onClick={() => props.setLanguage(language)}
              >
                {language === 'de' ? 'Deutsch' : 'English'}
              </button>
            ))}
          </fieldset>
          <fieldset>
            <legend>{t('settings.theme')}</legend>
            {themes.map((one) => (
              <button
                key={one}
                class="choice"
                aria-pressed={chosen === one}
                onClick={() => (setTheme(one), setChosen(one))}
              >
                {t(`settings.theme.${one}` as Key)}
              </button>
            ))}
          </fieldset>
          <button class="plain" onClick={props.signOut}>
            {t('settings.signOut')}
          </button>
        </div>
      )}
    </div>
  );
}

function Help({ close }: { close: () => void }) {
  const isOn = useShared(singleKeys);
  const row = (keys: ComponentChildren, what: string) => (
    <div class="key-row" key={what}>
      <dt>{keys}</dt>
      <dd>{what}</dd>
    </div>
  );
  return (
    <Dialog title={t('keys.title')} close={close}>
      <div class="key-columns">
        <section>
          <h3>{t('keys.everywhere')}</h3>
          <dl>
            {row(<kbd>/</kbd>, t('keys.search'))}
            {row(<kbd>?</kbd>, t('keys.help'))}
            {row(<kbd>Esc</kbd>, t('keys.escape'))}
            {ORDER.map((page) =>
              row(
                <>
                  <kbd>g</kbd> {t('keys.then')} <kbd>{LETTERS[page]}</kbd>
                </>,
                t('keys.go', { page: t(`nav.${page}` as Key) }),
              ),
            )}
          </dl>
        </section>
        <section>
          <h3>{t('keys.review')}</h3>
          <dl>
            {row([<kbd>1</kbd>, ' ', <kbd>s</kbd>], t('review.same'))}
            {row([<kbd>2</kbd>, ' ', <kbd>d</kbd>], t('review.different'))}
            {row([<kbd>3</kbd>, ' ', <kbd>u</kbd>], t('review.unsure'))}
            {row(<kbd>z</kbd>, t('keys.undo'))}
            {row([<kbd>j</kbd>, ' ', <kbd>→</kbd>], t('keys.next'))}
            {row([<kbd>k</kbd>, ' ', <kbd>←</kbd>], t('keys.previous'))}
            {row(<kbd>c</kbd>, t('keys.comment'))}
            {row(<kbd>b</kbd>, t('keys.bulk'))}
            {row([<kbd>9</kbd>, ' ', <kbd>0</kbd>], t('keys.open'))}
          </dl>
        </section>
      </div>
      <label class="check">
        <input type="checkbox" checked={isOn} onChange={(event) => setSingleKeys(event.currentTarget.checked)} />
        <span>
          {t('keys.enabled')}
          <small>{t('keys.hint')}</small>
        </span>
      </label>
    </Dialog>
  );
}
