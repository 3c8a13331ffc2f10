// The editor of a rule file: colours, faults as the service finds them,
// completion from the schema. It lives in a shadow root, where its styles are
// constructed sheets that the content security policy has no quarrel with.
import { autocompletion, completionKeymap, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { toml } from '@codemirror/legacy-modes/mode/toml';
import { linter, lintKeymap, type Diagnostic } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'preact/hooks';
import { api, type Fault } from '../api';
import { t } from '../i18n';
import { keysAt, type Schema } from './schema';

const LOOK = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'var(--paper)', fontSize: '14px', height: '100%' },
  '.cm-content': { fontFamily: 'var(--mono)', padding: '12px 0', caretColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'var(--paper)', color: 'var(--faint)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'var(--wash)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': { backgroundColor: 'var(--select) !important' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', color: 'var(--ink)', border: '1px solid var(--line)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--on-accent)' },
  // The shipped markers are images in data addresses, which the policy refuses.
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--wrong)',
    textUnderlineOffset: '3px',
  },
  '.cm-scroller': { overflow: 'auto', lineHeight: '1.55' },
});

const COLOURS = HighlightStyle.define([
  { tag: tags.comment, color: 'var(--soft)', fontStyle: 'italic' },
  { tag: tags.string, color: 'var(--up)' },
  { tag: [tags.number, tags.bool, tags.atom], color: 'var(--down)' },
  { tag: tags.propertyName, color: 'var(--ink)' },
]);

/** `text` is what it begins with; what is typed is told by `change`. */
export function Editor(props: {
  text: string;
  label: string;
  isReadOnly: boolean;
  schema: Schema | null;
  /** Whether the model is learned anew with it, which allows more. */
  learns: boolean;
  change: (text: string) => void;
  faults: (faults: Fault[]) => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const known = useRef(props);
  known.current = props;
  useEffect(() => {
    const host = place.current;
    if (!host) return;
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    const complete = (context: CompletionContext): CompletionResult | null => {
      const word = context.matchBefore(/[\w.-]*/);
      if (!word || (word.from === word.to && !context.explicit)) return null;
      const { schema } = known.current;
      if (!schema) return null;
      const line = context.state.doc.lineAt(word.from);
      const options = keysAt(schema, context.state.doc.sliceString(0, line.from), line.text.slice(0, word.from - line.from));
      return options.length ? { from: word.from, options, validFor: /^[\w.-]*$/ } : null;
    };
    const lint = async (of: EditorView): Promise<Diagnostic[]> => {
      const text = of.state.doc.toString();
      if (known.current.isReadOnly) return [];
      try {
        const { faults } = await api.checkRules(text, known.current.learns);
        known.current.faults(faults);
        return faults.map((fault) => diagnostic(fault, text));
      } catch {
        return [];
      }
    };
    const editor = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: props.text,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          highlightActiveLine(),
          bracketMatching(),
          StreamLanguage.define(toml),
          syntaxHighlighting(COLOURS),
          autocompletion({ override: [complete] }),
          linter(lint, { delay: 250 }),
          keymap.of([...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
          EditorState.readOnly.of(props.isReadOnly),
          EditorView.contentAttributes.of({ 'aria-label': props.label }),
          EditorView.lineWrapping,
          LOOK,
          EditorView.updateListener.of((update) => {
            if (update.docChanged) known.current.change(update.state.doc.toString());
          }),
        ],
      }),
    });
    return () => editor.destroy();
  }, [props.isReadOnly]);
  return <div class="editor" ref={place} />;
}

/** Faults are told in characters; the editor counts UTF-16 units. */
function diagnostic(fault: Fault, text: string): Diagnostic {
  const units = (characters: number) => [...text].slice(0, characters).join('').length;
  const from = Math.min(units(fault.from), text.length);
  const to = Math.max(from, Math.min(units(fault.to), text.length));
  const hint = fault.hint ? ` — ${fault.hint}` : '';
  return { from, to, severity: 'error', message: `${fault.message}${hint}`, source: t('rules.editor') };
}
