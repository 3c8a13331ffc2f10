// What is told in passing, with an undo where there is one.
import { t } from '../i18n';
import { dismiss, toasts, useShared } from '../store';

export function Toasts() {
  const shown = useShared(toasts);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} class={`toast ${toast.kind}`}>
          <span>
            {toast.text}
            {toast.detail && <small>{toast.detail}</small>}
          </span>
          {toast.action && (
            <button
              class="plain"
              onClick={() => {
                toast.action?.run();
                dismiss(toast.id);
              }}
            >
              {toast.action.label}
            </button>
          )}
          <button class="plain" aria-label={t('common.close')} onClick={() => dismiss(toast.id)}>
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}
