import { client } from "../../client.ts";
import { useEnvironments } from "../../queries.ts";
import { Field, Select } from "../../ui/field.tsx";

/** Whose keys and values a new environment begins with. */
export interface Copy {
  /** Empty: nobody's. */
  readonly env: string;
  readonly isProduction: boolean;
  readonly reason: string;
}

export const noCopy: Copy = { env: "", isProduction: false, reason: "" };

/** Copies all saved values of `copy.env` into the new environment; nothing is shown on the way. */
export const copySecrets = async (app: string, env: string, copy: Copy): Promise<void> => {
  if (copy.env === "") return;
  const { secrets } = await client.call("secrets.list", { params: { app, env: copy.env } });
  const saved = secrets.filter(({ state }) => state !== "removed").map(({ key }) => key);
  if (saved.length === 0) return;
  await client.call("secrets.fill", {
    params: { app, env },
    ifMatch: 0,
    body: {
      from: { app, env: copy.env },
      keys: saved,
      message: `Copied from ${copy.env}`,
      ...(copy.reason === "" ? {} : { reason: copy.reason }),
    },
  });
};

interface CopyFromProps {
  readonly app: string;
  readonly copy: Copy;
  readonly onChange: (copy: Copy) => void;
}

export const CopyFrom = ({ app, copy, onChange }: CopyFromProps) => {
  const environments = useEnvironments(app).data ?? [];
  if (environments.length === 0) return null;
  return (
    <>
      <Select
        label="Copy secrets from"
        hint="All keys with their values. It counts as revealing them there, and the audit says so."
        options={[
          { value: "", label: "Nowhere: begin empty" },
          ...environments.map(({ name, kind }) => ({ value: name, label: `${name} (${kind})` })),
        ]}
        value={copy.env}
        onChange={(event) => {
          const env = event.target.value;
          const isProduction = environments.find(({ name }) => name === env)?.kind === "production";
          onChange({ ...copy, env, isProduction });
        }}
      />
      {copy.isProduction ? (
        <Field
          label="Reason"
          hint="Why production's values are copied; it stands in the audit."
          value={copy.reason}
          onChange={(event) => onChange({ ...copy, reason: event.target.value })}
          maxLength={500}
          required
        />
      ) : null}
    </>
  );
};
