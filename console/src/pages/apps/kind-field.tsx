import type { Environment } from "../../client.ts";
import { Radios } from "../../ui/field.tsx";

type Kind = Environment["kind"];

const kinds: readonly { readonly value: Kind; readonly label: string; readonly hint?: string }[] = [
  { value: "sandbox", label: "sandbox" },
  {
    value: "production",
    label: "production",
    hint: "Seeing a value needs a reason and a fresh login; removing asks twice.",
  },
];

/** Sandbox or production, and what that means. */
export const KindField = ({ kind, onChange }: { readonly kind: Kind; readonly onChange: (kind: Kind) => void }) => (
  <Radios legend="Kind" options={kinds} value={kind} onChange={onChange} />
);
