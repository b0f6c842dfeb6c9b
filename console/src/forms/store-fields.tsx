import { Checkbox, Field, Select } from "../ui/field.tsx";
import type { SchemaField } from "./schema.ts";

interface StoreFieldsProps {
  readonly fields: readonly SchemaField[];
  readonly typed: Readonly<Record<string, string>>;
  readonly onChange: (typed: Readonly<Record<string, string>>) => void;
  readonly problemOf: (field: string) => string | null;
}

/** The settings of a secret store, as its JSON Schema describes them: a new store needs no line here. */
export const StoreFields = ({ fields, typed, onChange, problemOf }: StoreFieldsProps) =>
  fields.map(({ name, label, hint, kind, choices, required, initial }) => {
    const value = typed[name] ?? initial;
    const set = (next: string): void => onChange({ ...typed, [name]: next });
    const words = {
      label: required ? label : `${label} (optional)`,
      ...(hint === "" ? {} : { hint }),
      problem: problemOf(name),
    };
    if (kind === "boolean")
      return (
        <Checkbox
          key={name}
          {...words}
          label={label}
          checked={value === "true"}
          onChange={(event) => set(String(event.target.checked))}
        />
      );
    if (kind === "choice")
      return (
        <Select
          key={name}
          {...words}
          label={label}
          options={[
            ...(required || initial !== "" ? [] : [{ value: "", label: "as the server decides" }]),
            ...choices.map((one) => ({ value: one, label: one })),
          ]}
          value={value}
          onChange={(event) => set(event.target.value)}
        />
      );
    return (
      <Field
        key={name}
        {...words}
        code
        type={kind === "number" ? "number" : "text"}
        value={value}
        onChange={(event) => set(event.target.value)}
        required={required}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
      />
    );
  });
