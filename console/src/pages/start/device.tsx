import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { client } from "../../client.ts";
import { usePasswordAgain } from "../../forms/password-again.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { PageHead, useTitle } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";

/** `keyroll login` waits for this answer. */
export const DevicePage = () => {
  useTitle("Confirm a login");
  const [search] = useSearchParams();
  const [code, setCode] = useState(search.get("code") ?? "");
  const again = usePasswordAgain();
  const decide = async (allow: boolean) =>
    await client.call("access.deviceConfirm", { body: { userCode: code.trim().toUpperCase(), allow } });
  const confirm = useMutation({
    mutationFn: async (allow: boolean) =>
      allow ? await again.run(async () => await decide(true)) : await decide(false),
  });
  if (confirm.isSuccess) {
    return (
      <section className="narrow middle stack tight">
        <PageHead title={confirm.variables ? "Signed in" : "Refused"} />
        <Banner tone={confirm.variables ? "good" : "plain"}>
          <p>
            {confirm.data.client} {confirm.variables ? "is signed in as you. Go on in the terminal." : "gets nothing."}
          </p>
        </Banner>
      </section>
    );
  }
  const reason = code.trim() === "" ? "Enter the code first." : null;
  return (
    <section className="narrow middle stack tight">
      <PageHead title="Confirm a login of the command line" />
      <p>
        Allow it only when <code>keyroll login</code> shows this very code in <strong>your</strong> terminal. Whoever
        holds it will act as you.
      </p>
      <Form className="form" busy={confirm.isPending} reason={reason} onSubmit={() => confirm.mutate(true)}>
        <Field
          label="Code"
          hint="Eight letters, such as BCDF-GHJK."
          value={code}
          onChange={(event) => setCode(event.target.value)}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          code
          required
        />
        {again.field(confirm.error)}
        {confirm.error === null || again.says(confirm.error) ? null : <Problem error={confirm.error} />}
        <div className="form-end">
          <Button submit kind="main">
            Allow
          </Button>
          <Button busy={confirm.isPending} reason={reason} onClick={() => confirm.mutate(false)}>
            Refuse
          </Button>
        </div>
      </Form>
    </section>
  );
};
