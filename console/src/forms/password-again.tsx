import { KeyrollError } from "@keyroll/contract/errors";
import { useState, type ReactNode } from "react";
import { client } from "../client.ts";
import { Field } from "../ui/field.tsx";
import { problemOf } from "../ui/problem.tsx";
import { focusWhenThere } from "../ui/focus-when-there.ts";

export const isReauth = (error: unknown): boolean => error instanceof KeyrollError && error.code === "reauth_required";

interface PasswordAgain {
  /** Does the work; gives the password first when it was asked for. Throws what the work throws, or a wrong password. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Whether an error is said by the field. */
  says(error: unknown): boolean;
  /** To stand in the form: nothing, until the server asks. */
  field(error: unknown): ReactNode;
}

/** For a form whose request the server takes only with a password of the last 15 minutes. */
export const usePasswordAgain = (): PasswordAgain => {
  const [password, setPassword] = useState("");
  const [isNeeded, setIsNeeded] = useState(false);
  return {
    run: async (work) => {
      if (isNeeded) {
        await client.call("access.confirm", { body: { password } });
        setIsNeeded(false);
        setPassword("");
      }
      return await work().catch((error: unknown) => {
        if (isReauth(error)) setIsNeeded(true);
        throw error;
      });
    },
    says: (error) => isReauth(error) || (isNeeded && problemOf(error, "password") !== null),
    field: (error) =>
      isNeeded ? (
        <Field
          label="Password"
          type="password"
          hint="It was not given for more than 15 minutes."
          value={password}
          autoComplete="current-password"
          required
          ref={focusWhenThere}
          problem={problemOf(error, "password")}
          onChange={(event) => setPassword(event.target.value)}
        />
      ) : null,
  };
};
