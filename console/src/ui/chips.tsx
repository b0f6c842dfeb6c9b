import "./chips.css";

interface ChipsProps<Value extends string> {
  /** What the group does, such as "Show". */
  readonly label: string;
  readonly chips: readonly { readonly value: Value; readonly words: string; readonly count: number }[];
  readonly chosen: Value;
  readonly onChoose: (value: Value) => void;
}

/** One of a few parts of a list, with how many each has. */
export const Chips = <Value extends string>({ label, chips, chosen, onChoose }: ChipsProps<Value>) => (
  <div className="chips" role="group" aria-label={label}>
    {chips.map(({ value, words, count }) => (
      <button
        key={value}
        type="button"
        className="chip"
        aria-pressed={value === chosen}
        onClick={() => onChoose(value)}
      >
        {words} <span className="chip-count">{count}</span>
      </button>
    ))}
  </div>
);
