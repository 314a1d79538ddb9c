import type { RunProgress } from './state.ts';

/** Layers by epochs: which ran in the low-precision format. */
export function ScheduleMap({ run }: { readonly run: RunProgress }) {
  const { layers, schedule, probabilities, impacts } = run;
  const { format, epochs } = run.run.settings;
  const numbers = Array.from({ length: epochs }, (_, epoch) => epoch);
  return (
    <div class="scroll">
      <table class="schedule">
        <caption>Layers in {format} (filled) and in float32, by epoch</caption>
        <thead>
          <tr>
            <th scope="col">layer</th>
            {numbers.map((epoch) => (
              <th scope="col" key={epoch}>
                {epoch + 1}
              </th>
            ))}
            <th scope="col">drawn with</th>
            <th scope="col">loss impact</th>
          </tr>
        </thead>
        <tbody>
          {layers.map(({ name }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {numbers.map((epoch) => (
                <Cell key={epoch} format={formatIn(schedule.get(epoch), name)} low={format} />
              ))}
              <td>{percent(probabilities?.[name])}</td>
              <td>{impacts?.[name]?.toFixed(4) ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Undefined before the decision of the epoch. */
function formatIn(
  formats: Readonly<Record<string, string>> | undefined,
  layer: string,
): string | undefined {
  return formats && (formats[layer] ?? 'float32');
}

function Cell({ format, low }: { readonly format: string | undefined; readonly low: string }) {
  if (format === undefined) return <td class="later" />;
  return (
    <td class={format === low ? 'low' : 'high'} title={format}>
      <span class="hidden">{format}</span>
    </td>
  );
}

const percent = (share: number | undefined) =>
  share === undefined ? '–' : `${Math.round(100 * share)} %`;
