import { createContext, type FormHTMLAttributes } from "react";

interface State {
  /** It is at work: not to be sent again. */
  readonly busy: boolean;
  /** Why it cannot be sent. */
  readonly reason: string | null;
}

/** For the button that submits: it shows what holds its form. */
export const FormState = createContext<State>({ busy: false, reason: null });

interface FormProps extends Partial<State>, Omit<FormHTMLAttributes<HTMLFormElement>, "onSubmit"> {
  readonly onSubmit: () => void;
}

/** What holds the button that submits holds Enter in a field too, which asks no button. */
export const Form = ({ busy = false, reason = null, onSubmit, ...rest }: FormProps) => (
  <FormState value={{ busy, reason }}>
    <form
      {...rest}
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy && reason === null) onSubmit();
      }}
    />
  </FormState>
);
