import { useState } from 'preact/hooks';
import { Field } from '../page/Field.tsx';
import type { FileChoice } from './messages.ts';
import { activity, data, isBusy, load } from './state.ts';

const texts = (value: string) => {
  const parts = value.split(',').map((part) => part.trim());
  return parts.length === 1 && parts[0] === '' ? undefined : parts;
};

/** Files of the user's, or the built-in digits. */
export function DataSection() {
  const [choice, setChoice] = useState<FileChoice>({});
  const [isOver, setIsOver] = useState(false);
  const take = (files: FileList | null | undefined) => {
    if (files && files.length > 0 && !isBusy.value) {
      load({ kind: 'files', files: [...files], choice });
    }
  };
  return (
    <section aria-labelledby="data-title">
      <h2 id="data-title">1. Data</h2>
      <div
        class={isOver ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(true);
        }}
        onDragLeave={() => {
          setIsOver(false);
        }}
        onDrop={(event) => {
          event.preventDefault();
          setIsOver(false);
          take(event.dataTransfer?.files);
        }}
      >
        <button
          disabled={isBusy.value}
          onClick={() => {
            load({ kind: 'digits' });
          }}
        >
          Use the built-in digits
        </button>
        <label class="button">
          Choose files …
          <input
            type="file"
            multiple
            class="hidden"
            disabled={isBusy.value}
            onChange={({ currentTarget }) => {
              take(currentTarget.files);
              currentTarget.value = '';
            }}
          />
        </label>
        <p class="faint">
          or drop them here: .npz, a table with its .json, both files of IDX, CIFAR’s .bin. They are
          read in this tab and go nowhere.
        </p>
        <details>
          <summary>What is public about files</summary>
          <div class="fields">
            <TextField
              label="Names of the classes"
              hint="public, with commas; else counted from the labels"
              onChange={(value) => {
                setChoice({ ...choice, classNames: texts(value) });
              }}
            />
            <TextField
              label="Column or array of the classes"
              hint="class in tables, y in .npz"
              onChange={(value) => {
                setChoice({ ...choice, targets: value.trim() === '' ? undefined : value.trim() });
              }}
            />
            <TextField
              label="Privacy unit"
              hint="columns or arrays that say whose each row is; else each row is protected by itself"
              onChange={(value) => {
                setChoice({ ...choice, privacyUnit: texts(value) });
              }}
            />
          </div>
        </details>
      </div>
      <div aria-live="polite">
        {activity.value === 'loading' && <p>Reading …</p>}
        {data.value && <DataFacts />}
      </div>
    </section>
  );
}

function DataFacts() {
  const { name, count, unitCount, inputShape, classNames, warnings } = data.value!;
  return (
    <>
      <p>
        <strong>{name}</strong>: {count.toLocaleString('en')} examples
        {unitCount !== count && <> of {unitCount.toLocaleString('en')} privacy units</>},{' '}
        {inputShape.join(' × ')}, {classNames.length} classes
      </p>
      {warnings.map((warning) => (
        <p class="warning" key={warning}>
          {warning}
        </p>
      ))}
    </>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly onChange: (value: string) => void;
}

function TextField({ label, hint, onChange }: TextFieldProps) {
  return (
    <Field label={label} hint={hint}>
      {(id) => (
        <input
          id={id}
          type="text"
          aria-describedby={`${id}-hint`}
          onChange={({ currentTarget }) => {
            onChange(currentTarget.value);
          }}
        />
      )}
    </Field>
  );
}
