import { files } from './state.ts';

/** Links that save the files of a run, once they have been asked for. */
export function Downloads({ run }: { readonly run: string }) {
  if (files.value?.run !== run) return null;
  return (
    <p class="actions">
      {files.value.files.map((file) => (
        <a
          class="button"
          key={file.name}
          download={`${run} ${file.name}`.replaceAll(/[^\w.-]+/g, '-')}
          href={URL.createObjectURL(new Blob([file.content], { type: file.type }))}
        >
          Save {file.name}
        </a>
      ))}
    </p>
  );
}
