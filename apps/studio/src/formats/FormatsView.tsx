import { signal } from '@preact/signals';
import { ChoiceField, NumberField } from '../page/Field.tsx';
import { addressState, setAddressState } from '../page/route.ts';
import { gaussianError, roundedIn, shownFormats, valuesOf } from './numberLine.ts';

const asked = addressState().get('format');
const name = signal(asked !== null && shownFormats.includes(asked) ? asked : 'luq-fp4');
const number = signal(2.3);

/** 32 random bits; here nothing depends on their quality. */
const random = () => Math.floor(Math.random() * 2 ** 32);

/** Numbers of a normal distribution (Box and Muller), the same for all formats. */
const samples = Array.from({ length: 2000 }, () => {
  const radius = Math.sqrt(-2 * Math.log(1 - Math.random()));
  return radius * Math.cos(2 * Math.PI * Math.random());
});

/** Values of a number format on a line and in a table, and what rounding does to a number. */
export function FormatsView() {
  const values = valuesOf(name.value);
  return (
    <>
      <section aria-labelledby="format-title">
        <h2 id="format-title">Number formats</h2>
        <div class="fields">
          <ChoiceField
            label="Format"
            value={name.value}
            options={shownFormats}
            onChange={(value) => {
              name.value = value;
              setAddressState({ format: value });
            }}
          />
          <NumberField
            label="A number to round"
            value={number.value}
            onChange={(value) => {
              number.value = value;
            }}
          />
        </div>
        <NumberLine values={values.map(({ value }) => value)} mark={number.value} />
        <RoundedNumber />
        <details>
          <summary>All {values.length} values and their codes</summary>
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">code</th>
                  <th scope="col">value</th>
                </tr>
              </thead>
              <tbody>
                {values.map(({ code, value }) => (
                  <tr key={code}>
                    <th scope="row">
                      <code>{code}</code>
                    </th>
                    <td>{value}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      </section>
      <section aria-labelledby="error-title">
        <h2 id="error-title">Errors on 2,000 normal numbers</h2>
        <p class="faint">
          Rounded to nearest, under one scale that lets the greatest fit: root of the mean squared
          error over the standard deviation.
        </p>
        <div class="scroll">
          <table>
            <tbody>
              {shownFormats.map((format) => (
                <ErrorRow key={format} format={format} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}

function ErrorRow({ format }: { readonly format: string }) {
  const error = gaussianError(format, samples);
  return (
    <tr>
      <th scope="row">{format}</th>
      <td>{(100 * error).toFixed(2)} %</td>
      <td class="bar">
        <meter min={0} max={0.5} value={error} aria-label={`error of ${format}`} />
      </td>
    </tr>
  );
}

function RoundedNumber() {
  const draws = 10_000;
  const { nearest, stochastic, mean } = roundedIn(name.value, number.value, draws, random);
  const shares = stochastic.map(
    ({ value, count }) => `${value} in ${((100 * count) / draws).toFixed(1)} %`,
  );
  return (
    <dl class="facts" aria-live="polite">
      <dt>to nearest</dt>
      <dd id="nearest">{nearest}</dd>
      <dt>stochastically</dt>
      <dd>
        {shares.join(', ')}: {mean.toPrecision(4)} on average
      </dd>
    </dl>
  );
}

const size = { width: 900, height: 70, side: 20 };

function NumberLine({
  values,
  mark,
}: {
  readonly values: readonly number[];
  readonly mark: number;
}) {
  const greatest = Math.max(...values.map(Math.abs));
  const place = (value: number) =>
    size.width / 2 + (value / greatest) * (size.width / 2 - size.side);
  const isInside = Math.abs(mark) <= greatest;
  return (
    <figure class="line-chart">
      <svg
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="img"
        aria-label={`${values.length} values from ${-greatest} to ${greatest}`}
      >
        <line x1={0} x2={size.width} y1={40} y2={40} class="grid" />
        {values.map((value) => (
          <line key={value} x1={place(value)} x2={place(value)} y1={28} y2={52} class="tick" />
        ))}
        {isInside && <circle cx={place(mark)} cy={40} r={5} class="mark" />}
        {[-greatest, 0, greatest].map((value) => (
          <text key={value} x={place(value)} y={66} text-anchor="middle">
            {value}
          </text>
        ))}
      </svg>
    </figure>
  );
}
