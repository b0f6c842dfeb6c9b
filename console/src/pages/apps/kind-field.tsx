import type { Environment } from "../../client.ts";
import { Radio } from "../../ui/field.tsx";

type Kind = Environment["kind"];

/** Sandbox or production, and what that means. */
export const KindField = ({ kind, onChange }: { readonly kind: Kind; readonly onChange: (kind: Kind) => void }) => (
  <fieldset>
    <legend>Kind</legend>
    <Radio name="kind" label="sandbox" checked={kind === "sandbox"} onChange={() => onChange("sandbox")} />
    <Radio
      name="kind"
      label="production"
      hint="Seeing a value needs a reason and a fresh login; removing asks twice."
      checked={kind === "production"}
      onChange={() => onChange("production")}
    />
  </fieldset>
);
