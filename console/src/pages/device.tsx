import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { client } from "../api.ts";
import { Field } from "../ui/field.tsx";
import { Problem } from "../ui/problem.tsx";
import { useTitle } from "../ui/title.ts";

/** `keyroll login` waits for this answer. */
export const DevicePage = () => {
  useTitle("Confirm a login");
  const [search] = useSearchParams();
  const [code, setCode] = useState(search.get("code") ?? "");
  const confirm = useMutation({
    mutationFn: async (allow: boolean) =>
      await client.call("access.deviceConfirm", { body: { userCode: code.trim().toUpperCase(), allow } }),
  });
  if (confirm.isSuccess) {
    return (
      <section className="narrow">
        <h1>{confirm.variables ? "Signed in" : "Refused"}</h1>
        <div className="notice good" role="status">
          <p>
            {confirm.data.client} {confirm.variables ? "is signed in as you. Go on in the terminal." : "gets nothing."}
          </p>
        </div>
      </section>
    );
  }
  return (
    <section className="narrow">
      <h1>Confirm a login of the command line</h1>
      <p>
        Allow it only when <code>keyroll login</code> shows this very code in <strong>your</strong> terminal. Whoever
        holds it will act as you.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          confirm.mutate(true);
        }}
      >
        <Field
          label="Code"
          hint="Eight letters, such as BCDF-GHJK."
          value={code}
          onChange={(event) => setCode(event.target.value)}
          autoComplete="off"
          spellCheck={false}
          required
        />
        {confirm.error === null ? null : <Problem error={confirm.error} />}
        <div className="row">
          <button type="submit" className="main" disabled={confirm.isPending || code.trim() === ""}>
            Allow
          </button>
          <button
            type="button"
            disabled={confirm.isPending || code.trim() === ""}
            onClick={() => confirm.mutate(false)}
          >
            Refuse
          </button>
        </div>
      </form>
    </section>
  );
};
