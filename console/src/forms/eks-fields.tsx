import { Field } from "../ui/field.tsx";

export interface EksForm {
  readonly clusterName: string;
  readonly region: string;
  readonly roleArn: string;
  readonly externalId: string;
}

export interface EksBody {
  readonly kind: "eks";
  readonly clusterName: string;
  readonly region: string;
  readonly roleArn?: string;
  readonly externalId?: string;
}

export const eksBody = ({ clusterName, region, roleArn, externalId }: EksForm): EksBody => ({
  kind: "eks",
  clusterName: clusterName.trim(),
  region: region.trim(),
  ...(roleArn.trim() === "" ? {} : { roleArn: roleArn.trim() }),
  ...(externalId.trim() === "" ? {} : { externalId: externalId.trim() }),
});

const fields = [
  ["clusterName", "EKS cluster", "AWS is asked for its address and its CA."],
  ["region", "Region of the cluster", "Such as eu-west-1."],
  ["roleArn", "Role for the cluster (optional)", "ARN of the IAM role that the server assumes; its own when empty."],
  ["externalId", "External ID for the cluster (optional)", "What that role's trust policy asks for."],
] as const;

interface EksProps {
  readonly eks: EksForm;
  readonly onChange: (eks: EksForm) => void;
  readonly problemOf: (field: string) => string | null;
}

/** The store of a connection may have settings of the same names: a refusal names the cluster's with their whole path. */
export const EksFields = ({ eks, onChange, problemOf }: EksProps) =>
  fields.map(([name, label, hint]) => (
    <Field
      key={name}
      label={label}
      hint={hint}
      value={eks[name]}
      onChange={(event) => onChange({ ...eks, [name]: event.target.value })}
      problem={problemOf(`cluster.${name}`)}
      required={name === "clusterName" || name === "region"}
      autoComplete="off"
      autoCapitalize="off"
      spellCheck={false}
      code
    />
  ));
