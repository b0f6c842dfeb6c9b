import { useState, type InputHTMLAttributes, type Ref } from "react";
import { Icon } from "../../ui/icon.tsx";

/** Nothing learns what is typed: no autofill, no spelling service, no password manager. */
export const unlearned = {
  autoComplete: "off",
  autoCorrect: "off",
  autoCapitalize: "off",
  spellCheck: false,
  "data-1p-ignore": true,
  "data-lpignore": "true",
  "data-bwignore": true,
} as const;

interface SecretInputProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "type"> {
  readonly label: string;
  readonly ref?: Ref<HTMLInputElement>;
}

/**
 * One line of a value, as dots until asked for. It is no `type=password`: browsers offer to keep what was typed into
 * those, whatever `autocomplete` says.
 */
export const SecretInput = ({ label, className = "", ...input }: SecretInputProps) => {
  const [isShown, setIsShown] = useState(false);
  return (
    <span className="secret-input">
      <input
        {...unlearned}
        {...input}
        type="text"
        aria-label={label}
        className={`input code ${isShown ? "" : "masked"} ${className}`}
      />
      <button
        type="button"
        className="button plain small icon-only"
        aria-pressed={isShown}
        aria-label="Show what is typed"
        title="Show what is typed"
        onClick={() => setIsShown(!isShown)}
      >
        <Icon name={isShown ? "eye-off" : "eye"} />
      </button>
    </span>
  );
};
