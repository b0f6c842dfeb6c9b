import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, keys } from "../../client.ts";
import { useConnections } from "../../queries.ts";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";

const empty = { url: "", chart: "", version: "", username: "", password: "", connection: "" };

/** Only for what the form offers; the server looks closer. */
const isEcr = (url: string): boolean => /^oci:\/\/\d{12}\.dkr[.-]ecr/u.test(url.trim());

/** Whose role signs in to ECR: Keyroll's own, or one of a connection that is in AWS. */
const SignInAs = ({ value, onChange }: { readonly value: string; readonly onChange: (name: string) => void }) => {
  const inAws = (useConnections().data ?? []).filter(
    ({ store, cluster }) =>
      store.kind.startsWith("aws-") || (cluster.kind === "kubernetes" && cluster.eks !== undefined),
  );
  return (
    <Select
      label="Sign in to AWS as"
      hint="AWS gives a token for it; without a user below."
      value={value}
      onChange={(event) => onChange(event.target.value)}
      options={[
        { value: "", label: "the server itself" },
        ...inAws.map(({ name }) => ({ value: name, label: `the role of ${name}` })),
      ]}
    />
  );
};

/** A chart from an OCI registry or a chart repository; the credentials are used once and kept nowhere. */
export const PullRelease = ({ app, onClose }: { readonly app: string; readonly onClose: () => void }) => {
  const queries = useQueryClient();
  const connections = useConnections();
  const [given, setGiven] = useState(empty);
  const set = (name: keyof typeof empty) => (event: { readonly target: { readonly value: string } }) =>
    setGiven({ ...given, [name]: event.target.value });
  const pull = useMutation({
    mutationFn: async () => {
      const { url, connection, ...rest } = given;
      // What is not shown is not sent.
      const all = { ...rest, connection: isEcr(url) ? connection : "" };
      const optional = Object.fromEntries(Object.entries(all).filter(([, text]) => text !== ""));
      return await client.call("releases.push", { params: { app }, body: { reference: { url, ...optional } } });
    },
    onSuccess: async ({ release }) => {
      onClose();
      say(`${release.chart} ${release.version} is pulled.`);
      await queries.invalidateQueries({ queryKey: keys.releases(app) });
    },
  });
  // Who could sign in is offered before anybody does.
  const isBusy = pull.isPending || (isEcr(given.url) && connections.isPending);
  return (
    <Dialog title="A chart from a registry" onClose={onClose} busy={pull.isPending}>
      <Form className="form" autoComplete="off" busy={isBusy} onSubmit={() => pull.mutate()}>
        <Field
          label="Address"
          hint="oci://registry/path/chart, or the https:// address of a chart repository."
          value={given.url}
          onChange={set("url")}
          autoComplete="off"
          spellCheck={false}
          code
          required
          data-first
        />
        <Field
          label="Chart"
          hint="Its name in a chart repository; not for oci://."
          value={given.chart}
          onChange={set("chart")}
          autoComplete="off"
          spellCheck={false}
          code
        />
        <Field
          label="Version"
          hint="Empty: the newest."
          value={given.version}
          onChange={set("version")}
          autoComplete="off"
          spellCheck={false}
          code
        />
        {isEcr(given.url) ? (
          <SignInAs value={given.connection} onChange={(connection) => setGiven({ ...given, connection })} />
        ) : null}
        <Field label="User" value={given.username} onChange={set("username")} autoComplete="off" spellCheck={false} />
        <Field
          label="Password or token"
          hint="Used for this one pull."
          type="password"
          value={given.password}
          onChange={set("password")}
          autoComplete="off"
          data-1p-ignore
          data-lpignore="true"
        />
        {pull.error === null ? null : <Problem error={pull.error} />}
        <div className="form-end">
          <Button submit kind="main">
            Pull it
          </Button>
          <Cancel />
        </div>
      </Form>
    </Dialog>
  );
};
