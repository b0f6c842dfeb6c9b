import { useState } from "react";
import { alphabets, bitsOf, randomValue, type AlphabetName } from "../../drafts/random-value.ts";
import { Button } from "../../ui/button.tsx";
import { Field, Select } from "../../ui/field.tsx";

const names = Object.keys(alphabets) as AlphabetName[];

/** Length and letters of a random value; the browser's own generator makes it. */
export const RandomForm = ({
  onValue,
  onClose,
}: {
  readonly onValue: (text: string) => void;
  readonly onClose: () => void;
}) => {
  const [length, setLength] = useState("32");
  const [name, setName] = useState<AlphabetName>("letters and digits");
  const count = Number(length);
  const isFine = Number.isInteger(count) && count >= 1 && count <= 4096;
  return (
    <fieldset className="panel">
      <legend className="unseen">Random value</legend>
      <div className="row top">
        <Field
          label="Length"
          type="number"
          min={1}
          max={4096}
          value={length}
          problem={isFine ? null : "1 to 4,096 characters."}
          onChange={(event) => setLength(event.target.value)}
        />
        <Select
          label="Letters"
          value={name}
          options={names.map((one) => ({ value: one, label: one }))}
          onChange={(event) => setName(names.find((one) => one === event.target.value) ?? name)}
        />
      </div>
      <div className="row">
        <Button
          small
          reason={isFine ? null : "Choose a length first."}
          onClick={() =>
            onValue(randomValue(count, alphabets[name], (bytes) => void globalThis.crypto.getRandomValues(bytes)))
          }
        >
          Generate
        </Button>
        <Button small kind="plain" onClick={onClose}>
          Not now
        </Button>
        <span className="quiet small">{isFine ? `${bitsOf(count, alphabets[name])} bits of chance` : ""}</span>
      </div>
    </fieldset>
  );
};
