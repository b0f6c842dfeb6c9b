import type { ReplyOf, Routes } from "@keyroll/contract";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, keys, type Connection } from "../../client.ts";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem } from "../../ui/problem.tsx";
import { State } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Words } from "../../ui/words.tsx";

type Finding = ReplyOf<Routes["connections.check"]>["findings"][number];

const Findings = ({ label, findings }: { readonly label: string; readonly findings: readonly Finding[] }) =>
  findings.length === 0 ? null : (
    <div>
      <h3>
        {label} ({findings.length})
      </h3>
      <Table
        label={label}
        rows={findings}
        keyOf={({ id, what }) => `${id} ${what}`}
        columns={[
          {
            head: "What",
            cell: ({ what, ok, required }) => (
              <span className="row">
                <State tone={ok ? "good" : required ? "bad" : "warn"}>
                  {ok ? "ok" : required ? "missing" : "advice"}
                </State>
                <Words text={what} />
              </span>
            ),
          },
          { head: "Found", cell: ({ message }) => <Words text={message} /> },
          { head: "Next", cell: ({ next }) => <Words text={next ?? ""} /> },
        ]}
      />
    </div>
  );

/** Tries every right that is needed; what is missing comes first, with the next step. */
export const Check = ({ connection }: { readonly connection: Connection }) => {
  const [namespace, setNamespace] = useState("");
  const queries = useQueryClient();
  const check = useMutation({
    mutationFn: async () =>
      await client.call("connections.check", {
        params: { connection: connection.name },
        body: namespace.trim() === "" ? {} : { namespace: namespace.trim() },
      }),
    // It also saw how the cluster keeps Secrets, which this page and those of environments show.
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.connections });
      await queries.invalidateQueries({ queryKey: ["environment"] });
    },
  });
  const findings = check.data?.findings ?? [];
  return (
    <div className="stack tight">
      <Form className="row top" busy={check.isPending} onSubmit={() => check.mutate()}>
        {connection.cluster.kind === "process" ? null : (
          <div className="narrow">
            <Field
              label="Namespace (optional)"
              hint="The rights that Keyroll needs there are tried one by one; nothing is left behind."
              value={namespace}
              onChange={(event) => setNamespace(event.target.value)}
              maxLength={63}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              code
            />
          </div>
        )}
        <Button submit kind="main">
          Check it
        </Button>
      </Form>
      {check.error === null ? null : <Problem error={check.error} />}
      {check.data === undefined ? null : (
        <>
          <Banner tone={check.data.ok ? "good" : "bad"}>
            <p>{check.data.ok ? "Everything that is needed is there." : "Something that is needed is missing."}</p>
          </Banner>
          <Findings label="Missing" findings={findings.filter(({ ok, required }) => !ok && required)} />
          <Findings label="Advice" findings={findings.filter(({ ok, required }) => !ok && !required)} />
          <Findings label="In order" findings={findings.filter(({ ok }) => ok)} />
        </>
      )}
    </div>
  );
};
