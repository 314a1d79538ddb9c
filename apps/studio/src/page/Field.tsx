import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly children: (id: string) => ComponentChildren;
}

/** A labelled input. */
export function Field({ label, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(id)}
      {hint !== undefined && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number | 'any';
  readonly disabled?: boolean;
  readonly onChange: (value: number) => void;
}

/** A labelled number. What is no number is not taken. */
export function NumberField({ label, hint, value, onChange, ...of }: NumberFieldProps) {
  return (
    <Field label={label} {...(hint !== undefined && { hint })}>
      {(id) => (
        <input
          id={id}
          type="number"
          inputMode="decimal"
          value={value}
          aria-describedby={hint === undefined ? undefined : `${id}-hint`}
          {...of}
          step={of.step ?? 'any'}
          onChange={({ currentTarget }) => {
            if (currentTarget.value !== '' && currentTarget.checkValidity()) {
              onChange(Number(currentTarget.value));
            } else currentTarget.reportValidity();
          }}
        />
      )}
    </Field>
  );
}

interface ChoiceFieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly disabled?: boolean;
  readonly onChange: (value: string) => void;
}

/** A labelled choice. */
export function ChoiceField({ label, hint, value, options, disabled, onChange }: ChoiceFieldProps) {
  return (
    <Field label={label} {...(hint !== undefined && { hint })}>
      {(id) => (
        <select
          id={id}
          value={value}
          disabled={disabled}
          onChange={({ currentTarget }) => {
            onChange(currentTarget.value);
          }}
        >
          {options.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
