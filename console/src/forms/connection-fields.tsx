import { Checkbox, Field, Radios, Select } from "../ui/field.tsx";
import { eksBody, EksFields, type EksBody, type EksForm } from "./eks-fields.tsx";
import { KubeconfigField } from "./kubeconfig-field.tsx";
import { fieldsOf, settingsOf, type Setting } from "./schema.ts";
import { StoreFields } from "./store-fields.tsx";

export type ClusterKind = "kubernetes" | "eks" | "in-cluster" | "process";

/** What the form of a connection holds. The two kubeconfigs are credentials: in this page's memory, until they are sent. */
export interface ConnectionForm {
  readonly cluster: ClusterKind;
  readonly kubeconfig: string;
  readonly context: string;
  readonly helmKubeconfig: string;
  /** Files that are being read for them. */
  readonly reading: number;
  /** What GKE or AKS calls the cluster; empty: nothing. */
  readonly cloudCluster: string;
  readonly eks: EksForm;
  readonly store: string;
  readonly typed: Readonly<Record<string, string>>;
  /** What the settings cost may be spent. */
  readonly acceptsCost: boolean;
}

export interface StoreKind {
  readonly kind: string;
  readonly label: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly costs: readonly { readonly setting: string; readonly value: string; readonly text: string }[];
}

export const emptyConnection = (cluster: ClusterKind): ConnectionForm => ({
  cluster,
  kubeconfig: "",
  context: "",
  helmKubeconfig: "",
  reading: 0,
  cloudCluster: "",
  eks: { clusterName: "", region: "", roleArn: "", externalId: "" },
  store: "local",
  typed: {},
  acceptsCost: false,
});

type ClusterBody =
  | { readonly kind: "process" }
  | { readonly kind: "in-cluster" }
  | EksBody
  | {
      readonly kind: "kubernetes";
      readonly kubeconfig: string;
      readonly context?: string;
      readonly helmKubeconfig?: string;
      readonly cloudCluster?: string;
    };

export const clusterBody = (form: ConnectionForm): ClusterBody => {
  const { cluster, kubeconfig, context, helmKubeconfig, cloudCluster, eks } = form;
  if (cluster === "eks") return eksBody(eks);
  if (cluster !== "kubernetes") return { kind: cluster };
  return {
    kind: "kubernetes",
    kubeconfig,
    ...(context.trim() === "" ? {} : { context: context.trim() }),
    ...(helmKubeconfig.trim() === "" ? {} : { helmKubeconfig }),
    ...(cloudCluster.trim() === "" ? {} : { cloudCluster: cloudCluster.trim() }),
  };
};

export const storeBody = (
  { store, typed }: ConnectionForm,
  stores: readonly StoreKind[],
): { readonly kind: string; readonly settings: Record<string, Setting> } => ({
  kind: store,
  settings: settingsOf(fieldsOf(stores.find(({ kind }) => kind === store)?.settings), typed),
});

/** What is chosen costs this. */
const costsOf = ({ store, typed }: ConnectionForm, stores: readonly StoreKind[]): StoreKind["costs"] =>
  stores.find(({ kind }) => kind === store)?.costs.filter(({ setting, value }) => typed[setting] === value) ?? [];

const clusters: readonly { readonly value: ClusterKind; readonly label: string; readonly hint: string }[] = [
  { value: "kubernetes", label: "A Kubernetes cluster", hint: "Reached with a kubeconfig." },
  { value: "eks", label: "An EKS cluster, by its name", hint: "With AWS credentials; no kubeconfig is kept." },
  { value: "in-cluster", label: "The cluster that Keyroll runs in", hint: "With the service account of its own pod." },
  { value: "process", label: "No cluster: processes", hint: "Commands that are started with keyroll run." },
];

interface PartProps {
  readonly form: ConnectionForm;
  /** Changes the newest form: what was typed while a file was read stays. */
  readonly onChange: (change: (newest: ConnectionForm) => ConnectionForm) => void;
  readonly problemOf: (field: string) => string | null;
}

const setterOf =
  (onChange: PartProps["onChange"]) =>
  (part: Partial<ConnectionForm>): void =>
    onChange((newest) => ({ ...newest, ...part }));

export const ClusterFields = ({ form, onChange, problemOf }: PartProps) => {
  const set = setterOf(onChange);
  const read = (more: 1 | -1): void => onChange((newest) => ({ ...newest, reading: newest.reading + more }));
  return (
    <>
      <Radios legend="Cluster" options={clusters} value={form.cluster} onChange={(cluster) => set({ cluster })} />
      {form.cluster === "eks" ? (
        <EksFields eks={form.eks} onChange={(eks) => set({ eks })} problemOf={problemOf} />
      ) : null}
      {form.cluster === "kubernetes" ? (
        <>
          <KubeconfigField
            label="Kubeconfig"
            hint="Only a server, its CA and an inline token or certificate are taken. It is kept encrypted and never shown again."
            value={form.kubeconfig}
            onChange={(kubeconfig) => set({ kubeconfig })}
            onReading={read}
            problem={problemOf("kubeconfig")}
            isRequired
          />
          <Field
            label="Context (optional)"
            hint="Empty: the kubeconfig's current one."
            value={form.context}
            onChange={(event) => set({ context: event.target.value })}
            autoComplete="off"
            spellCheck={false}
            code
            problem={problemOf("context")}
          />
          <Field
            label="Name at Google or Azure (optional)"
            hint="Of a GKE or AKS cluster, so that the check can ask there how it keeps Secrets: projects/…/locations/…/clusters/…, or its resource id."
            value={form.cloudCluster}
            onChange={(event) => set({ cloudCluster: event.target.value })}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            code
            problem={problemOf("cluster.cloudCluster")}
          />
          <details>
            <summary>A second identity for Helm</summary>
            <KubeconfigField
              label="Kubeconfig of Helm (optional)"
              hint="Only Helm uses it: the first one can then stay as narrow as one Secret and a look at pods."
              value={form.helmKubeconfig}
              onChange={(helmKubeconfig) => set({ helmKubeconfig })}
              onReading={read}
              problem={problemOf("helmKubeconfig")}
            />
          </details>
        </>
      ) : null}
    </>
  );
};

export const StoreChoice = ({
  form,
  onChange,
  problemOf,
  stores,
}: PartProps & { readonly stores: readonly StoreKind[] }) => {
  const set = setterOf(onChange);
  return (
    <>
      <Select
        label="Secret store"
        hint="Where the values are kept. Credentials come from the server's own surroundings."
        options={stores.map(({ kind, label }) => ({ value: kind, label }))}
        value={form.store}
        onChange={(event) => set({ store: event.target.value, typed: {}, acceptsCost: false })}
        problem={problemOf("store")}
      />
      <StoreFields
        fields={fieldsOf(stores.find(({ kind }) => kind === form.store)?.settings)}
        typed={form.typed}
        onChange={(typed) => set({ typed, acceptsCost: false })}
        problemOf={(field) => problemOf(`store.settings.${field}`)}
      />
      {costsOf(form, stores).map(({ setting, text }) => (
        <Checkbox
          key={setting}
          label="I accept what this costs"
          hint={text}
          checked={form.acceptsCost}
          onChange={(event) => set({ acceptsCost: event.target.checked })}
        />
      ))}
    </>
  );
};
