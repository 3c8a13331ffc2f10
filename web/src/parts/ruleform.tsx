// Forms for what most changes of rules are about: thresholds, what agreement is
// worth, and what is compared at all. They write into the rule file's text.
import { useState } from 'preact/hooks';
import { api, type Weights } from '../api';
import { useLoaded } from '../hooks';
import { fieldName, maybe, number, signed, t } from '../i18n';
import { LEVELS, readComparison, readKeys, writeComparison, writeKeys, type Level } from './blocks';
import { read, SETTINGS, write } from './thresholds';

/** What the engine takes where the file says nothing. */
const DEFAULTS = { link: 2 / 3, review: 0.1 };

export function RuleForm(props: { text: string; setText: (text: string) => void; isReadOnly: boolean }) {
  const model = useLoaded(() => api.weights(), []);
  return (
    <div class="rule-form">
      <Thresholds {...props} />
      {model.value && (
        <>
          <ComparisonForm {...props} model={model.value} />
          <KeyForm {...props} model={model.value} />
        </>
      )}
    </div>
  );
}

type Part = { text: string; setText: (text: string) => void; isReadOnly: boolean };

function Thresholds(props: Part) {
  const row = (name: 'link' | 'review', label: string, hint: string) => {
    const value = read(props.text, SETTINGS[name]);
    const shown = value ?? DEFAULTS[name];
    return (
      <label class="slider">
        <span>
          {label}{' '}
          <strong>
            {number(shown * 100, 1)} % {value === null && <small class="quiet">{t('rules.byDefault')}</small>}
          </strong>
        </span>
        <input
          type="range"
          min="0.01"
          max="0.999"
          step="0.001"
          disabled={props.isReadOnly}
          value={shown}
          onInput={(event) => props.setText(write(props.text, SETTINGS[name], Number(event.currentTarget.value)))}
        />
        <small class="quiet">{hint}</small>
      </label>
    );
  };
  const size = read(props.text, SETTINGS.size);
  return (
    <section>
      <h3>{t('rules.form.thresholds')}</h3>
      {row('link', t('rules.link'), t('rules.linkHint'))}
      {row('review', t('rules.review'), t('rules.reviewHint'))}
      <label class="size-field">
        {t('rules.size')}
        <input
          type="number"
          min="2"
          step="1"
          disabled={props.isReadOnly}
          value={size ?? ''}
          onInput={(event) => {
            const value = Number.parseInt(event.currentTarget.value, 10);
            props.setText(write(props.text, SETTINGS.size, Number.isFinite(value) && value > 1 ? value : null));
          }}
        />
        <small class="quiet">{t('rules.sizeHint')}</small>
      </label>
    </section>
  );
}

function ComparisonForm(props: Part & { model: Weights }) {
  const { text, setText, isReadOnly, model } = props;
  const set = (on: string, level: Level, value: number | null) => {
    const now = readComparison(text, on);
    const weights = { ...now.weights };
    if (value === null) delete weights[level];
    else weights[level] = value;
    setText(writeComparison(text, on, { ...now, weights }));
  };
  return (
    <section>
      <h3>{t('rules.form.weights')}</h3>
      <p class="quiet small">{t('rules.form.weightsLead')}</p>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('rules.form.weights')}>
        <table class="weight-form">
          <thead>
            <tr>
              <th scope="col">{t('model.comparison')}</th>
              {LEVELS.map((level) => (
                <th scope="col" key={level}>
                  {maybe(`level.${level}`, level)}
                </th>
              ))}
              <th scope="col">{t('rules.form.counts')}</th>
            </tr>
          </thead>
          <tbody>
            {model.comparisons.map((comparison) => {
              const said = readComparison(text, comparison.name);
              return (
                <tr key={comparison.name} class={said.off ? 'off' : ''}>
                  <th scope="row">{fieldName(comparison.name)}</th>
                  {LEVELS.map((level) => {
                    const learned = comparison.levels.find((one) => one.level === level);
                    const isTold = learned && Number.isFinite(learned.weight) && (learned.matches > 1e-6 || learned.by_hand);
                    const label = `${fieldName(comparison.name)}, ${maybe(`level.${level}`, level)}`;
                    return (
                      <td key={level}>
                        <WeightField
                          label={label}
                          value={said.weights[level] ?? null}
                          learned={isTold ? signed(learned.weight) : ''}
                          disabled={isReadOnly || said.off}
                          set={(value) => set(comparison.name, level, value)}
                        />
                      </td>
                    );
                  })}
                  <td>
                    <input
                      type="checkbox"
                      aria-label={t('rules.form.countsOf', { field: fieldName(comparison.name) })}
                      checked={!said.off}
                      disabled={isReadOnly}
                      onChange={(event) => setText(writeComparison(text, comparison.name, { ...said, off: !event.currentTarget.checked }))}
                    />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** A weight in bits; empty leaves it to what was learned, which is shown in grey. */
function WeightField(props: {
  label: string;
  value: number | null;
  learned: string;
  disabled: boolean;
  set: (value: number | null) => void;
}) {
  return (
    <input
      type="number"
      step="0.5"
      min="-100"
      max="100"
      aria-label={props.label}
      class={props.value === null ? '' : 'by-hand'}
      placeholder={props.learned}
      disabled={props.disabled}
      value={props.value ?? ''}
      onChange={(event) => {
        const value = Number.parseFloat(event.currentTarget.value);
        props.set(Number.isFinite(value) ? Math.max(-100, Math.min(100, value)) : null);
      }}
    />
  );
}

function KeyForm(props: Part & { model: Weights }) {
  const { text, setText, isReadOnly, model } = props;
  const told = readKeys(text);
  const [next, setNext] = useState('');
  const keys = told ?? model.keys;
  const add = (event: SubmitEvent) => {
    event.preventDefault();
    const key = next.trim();
    if (!key) return;
    setText(writeKeys(text, [...keys.filter((one) => one !== key), key]));
    setNext('');
  };
  return (
    <section>
      <h3>{t('model.keys')}</h3>
      <p class="quiet small">
        {t('model.keysLead')} {told === null && t('rules.form.keysDerived')}
      </p>
      <ul class="key-list">
        {keys.map((key) => (
          <li key={key}>
            <code>{key}</code>
            {!isReadOnly && keys.length > 1 && (
              <button
                type="button"
                class="plain"
                aria-label={t('rules.form.dropKey', { key })}
                onClick={() => setText(writeKeys(text, keys.filter((one) => one !== key)))}
              >
                ✕
              </button>
            )}
          </li>
        ))}
      </ul>
      {!isReadOnly && (
        <form class="add-key" onSubmit={add}>
          <label>
            {t('rules.form.newKey')}
            <input
              value={next}
              spellcheck={false}
              autocomplete="off"
              placeholder="prefix(family_name, 4) + birth_date"
              onInput={(event) => setNext(event.currentTarget.value)}
            />
          </label>
          <button disabled={!next.trim()}>{t('rules.form.addKey')}</button>
        </form>
      )}
    </section>
  );
}
