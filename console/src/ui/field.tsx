import {
  useId,
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from "react";
import { Words } from "./words.tsx";
import "./field.css";

/** What every field has around it. */
export interface Around {
  readonly label: ReactNode;
  /** The rule, said before anything is typed; a sentence, or more than that. */
  readonly hint?: ReactNode;
  readonly problem?: string | null;
}

const described = (id: string, { hint, problem }: Around): { "aria-describedby"?: string; "aria-invalid": boolean } => {
  const ids = [hint === undefined ? null : `${id}-hint`, (problem ?? null) === null ? null : `${id}-problem`];
  const all = ids.filter((one) => one !== null).join(" ");
  return { "aria-invalid": (problem ?? null) !== null, ...(all === "" ? {} : { "aria-describedby": all }) };
};

const Said = ({ id, hint, problem = null }: { readonly id: string } & Omit<Around, "label">) => (
  <>
    {hint === undefined ? null : (
      <p className="hint" id={`${id}-hint`}>
        {typeof hint === "string" ? <Words text={hint} /> : hint}
      </p>
    )}
    {problem === null ? null : (
      <p className="problem-of-field" id={`${id}-problem`} role="alert">
        <Words text={problem} />
      </p>
    )}
  </>
);

const Frame = ({
  id,
  around,
  children,
}: {
  readonly id: string;
  readonly around: Around;
  readonly children: ReactNode;
}) => (
  <div className="field">
    <label htmlFor={id}>{around.label}</label>
    {children}
    <Said id={id} hint={around.hint} problem={around.problem ?? null} />
  </div>
);

type Own<T> = Omit<T, "id" | "children"> & Around;

interface FieldProps extends Own<InputHTMLAttributes<HTMLInputElement>> {
  /** In the type of keys and values. */
  readonly code?: boolean;
  readonly ref?: Ref<HTMLInputElement>;
}

/** One line of text. */
export const Field = ({ label, hint, problem, code = false, className = "", ...input }: FieldProps) => {
  const id = useId();
  const around = { label, hint, problem: problem ?? null };
  return (
    <Frame id={id} around={around}>
      <input {...input} {...described(id, around)} id={id} className={`input${code ? " code" : ""} ${className}`} />
    </Frame>
  );
};

interface TextAreaProps extends Own<TextareaHTMLAttributes<HTMLTextAreaElement>> {
  readonly code?: boolean;
  readonly ref?: Ref<HTMLTextAreaElement>;
}

/** Several lines of text; it grows with them. */
export const TextArea = ({ label, hint, problem, code = false, ...area }: TextAreaProps) => {
  const id = useId();
  const around = { label, hint, problem: problem ?? null };
  return (
    <Frame id={id} around={around}>
      <textarea {...area} {...described(id, around)} id={id} className={`input${code ? " code" : ""}`} />
    </Frame>
  );
};

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly disabled?: boolean;
}

interface SelectProps extends Own<SelectHTMLAttributes<HTMLSelectElement>> {
  readonly options: readonly Option[];
  readonly ref?: Ref<HTMLSelectElement>;
}

/** One of a few; the platform's own list, which every device and reader knows. */
export const Select = ({ label, hint, problem, options, ...select }: SelectProps) => {
  const id = useId();
  const around = { label, hint, problem: problem ?? null };
  return (
    <Frame id={id} around={around}>
      <select {...select} {...described(id, around)} id={id} className="input">
        {options.map(({ value, label, disabled = false }) => (
          <option key={value} value={value} disabled={disabled}>
            {label}
          </option>
        ))}
      </select>
    </Frame>
  );
};

type ChoiceProps = Own<Omit<InputHTMLAttributes<HTMLInputElement>, "type">> & { readonly ref?: Ref<HTMLInputElement> };

const choice = (type: "checkbox" | "radio", isSwitch: boolean) => {
  const Choice = ({ label, hint, problem, ...input }: ChoiceProps) => {
    const id = useId();
    const around = { label, hint, problem: problem ?? null };
    return (
      <div className="choice">
        <input
          {...input}
          {...described(id, around)}
          {...(isSwitch ? { role: "switch", className: "switch" } : {})}
          id={id}
          type={type}
        />
        <label htmlFor={id}>{label}</label>
        <Said id={id} hint={hint} problem={problem ?? null} />
      </div>
    );
  };
  return Choice;
};

/** Yes or no, as part of a form. */
export const Checkbox = choice("checkbox", false);
/** On or off, at once. */
export const Switch = choice("checkbox", true);
const Radio = choice("radio", false);

interface RadiosProps<T extends string> {
  /** What is chosen here. */
  readonly legend: string;
  readonly options: readonly { readonly value: T; readonly label: ReactNode; readonly hint?: ReactNode }[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}

/** One of a few, all in sight with what they mean. */
export const Radios = <T extends string>({ legend, options, value, onChange }: RadiosProps<T>) => {
  const name = useId();
  return (
    <fieldset>
      <legend>{legend}</legend>
      {options.map((option) => (
        <Radio
          key={option.value}
          name={name}
          label={option.label}
          hint={option.hint}
          checked={option.value === value}
          onChange={() => onChange(option.value)}
        />
      ))}
    </fieldset>
  );
};
