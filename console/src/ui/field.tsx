import { useId, type InputHTMLAttributes } from "react";

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "id"> {
  readonly label: string;
  /** The rule, said before anything is typed. */
  readonly hint?: string;
  readonly problem?: string | null;
}

export const Field = ({ label, hint, problem = null, ...input }: FieldProps) => {
  const id = useId();
  const described = [hint === undefined ? null : `${id}-hint`, problem === null ? null : `${id}-problem`].filter(
    (one) => one !== null,
  );
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {hint === undefined ? null : (
        <p className="quiet" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <input
        {...input}
        id={id}
        aria-invalid={problem !== null}
        {...(described.length === 0 ? {} : { "aria-describedby": described.join(" ") })}
      />
      {problem === null ? null : (
        <p className="field-problem" id={`${id}-problem`} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
};
