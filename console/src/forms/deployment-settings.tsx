import type { Environment } from "../client.ts";
import { Checkbox, Field, Radios, Select } from "../ui/field.tsx";

export type DeploymentSettings = Environment["settings"];

/** What an environment has when nothing is chosen (contract: `environmentSettings`). */
export const defaultSettings: DeploymentSettings = {
  restart: "auto",
  onSave: false,
  onFailure: "rollback",
  stragglers: "evict",
  timeoutSeconds: 600,
  crashGraceSeconds: 120,
  settleSeconds: 2,
  failFast: true,
  createNamespace: false,
  drift: "report",
  driftPausedUntil: null,
};

const restarts = [
  { value: "auto", label: "auto: as the chart needs it (default)" },
  { value: "chart", label: "chart: the chart restarts its pods itself (rollme)" },
  { value: "inject", label: "inject: a mark on the workloads whose own keys changed" },
  { value: "patch", label: "patch: restart them after Helm is done" },
  { value: "off", label: "off: nobody; somebody else rolls" },
];

const failures = [
  {
    value: "rollback",
    label: "Put everything back (default)",
    hint: "The previous secrets first, then the previous release, proven the same way.",
  },
  { value: "hold", label: "Hold", hint: "Leave everything as it is, for somebody to look at it." },
] as const;

const stragglers = [
  {
    value: "evict",
    label: "Replace them (default)",
    hint: "One after the other, as disruption budgets allow. Needs the right to evict pods.",
  },
  {
    value: "report",
    label: "Only name them",
    hint: "The deployment waits for somebody to replace them; after its time it has failed.",
  },
] as const;

const drifts = [
  { value: "report", label: "report: say so, and block deployments (default)" },
  { value: "revert", label: "revert: put back what was deployed, at most once a minute" },
  { value: "ignore", label: "ignore: the next deployment overwrites it" },
];

/** Those of the settings that are figures, with the range that the server allows. */
const figures = [
  {
    name: "timeoutSeconds",
    label: "Time for a rollout, seconds",
    hint: "10 to 7200; 600 by default. After it the deployment has failed.",
    min: 10,
    max: 7200,
  },
  {
    name: "crashGraceSeconds",
    label: "Patience with crashes, seconds",
    hint: "0 to 3600; 120 by default. A crash or two within it is not a failure.",
    min: 0,
    max: 3600,
  },
  {
    name: "settleSeconds",
    label: "Pause after the write, seconds",
    hint: "0 to 30; 2 by default. Nodes see the new Secret a moment later than the cluster's API.",
    min: 0,
    max: 30,
  },
] as const;

interface SettingsFieldsProps {
  readonly settings: DeploymentSettings;
  readonly type: Environment["type"];
  readonly onChange: (settings: DeploymentSettings) => void;
  readonly problemOf: (field: string) => string | null;
}

/** The deployment settings with what each one means. Those that a type has no use for are left out. */
export const SettingsFields = ({ settings, type, onChange, problemOf }: SettingsFieldsProps) => {
  const set = (change: Partial<DeploymentSettings>): void => onChange({ ...settings, ...change });
  const isCluster = type !== "process";
  return (
    <div className="narrow">
      <Checkbox
        label="Deploy by itself after each save"
        hint="Off by default: saving changes nothing that runs. On, every saved change goes live at once, also a colleague's."
        checked={settings.onSave}
        onChange={(event) => set({ onSave: event.target.checked })}
      />
      {isCluster ? (
        <>
          <Select
            label="Restart"
            hint="Who makes the pods read new values."
            options={restarts}
            value={settings.restart}
            onChange={(event) => {
              const chosen = (["auto", "chart", "inject", "patch", "off"] as const).find(
                (one) => one === event.target.value,
              );
              if (chosen !== undefined) set({ restart: chosen });
            }}
          />
          <Radios
            legend="After a failure"
            options={failures}
            value={settings.onFailure}
            onChange={(onFailure) => set({ onFailure })}
          />
          <Radios
            legend="Pods that a rollout leaves with older values"
            options={stragglers}
            value={settings.stragglers}
            onChange={(chosen) => set({ stragglers: chosen })}
          />
          <Select
            label="When others change the Secret"
            hint="kubectl, another tool, or Helm by hand."
            options={drifts}
            value={settings.drift}
            onChange={(event) => {
              const chosen = (["report", "revert", "ignore"] as const).find((one) => one === event.target.value);
              if (chosen !== undefined) set({ drift: chosen });
            }}
          />
          {figures.map(({ name, label, hint, min, max }) => (
            <Field
              key={name}
              label={label}
              hint={hint}
              type="number"
              inputMode="numeric"
              min={min}
              max={max}
              required
              value={Number.isNaN(settings[name]) ? "" : settings[name]}
              onChange={(event) => set({ [name]: event.target.valueAsNumber })}
              problem={problemOf(name)}
            />
          ))}
          <Checkbox
            label="Fail at once on what cannot heal"
            hint="On by default: a missing key or an impossible image name ends the deployment without waiting."
            checked={settings.failFast}
            onChange={(event) => set({ failFast: event.target.checked })}
          />
          <Checkbox
            label="Make the namespace when it does not exist"
            hint="Off by default; needs the right to make namespaces."
            checked={settings.createNamespace}
            onChange={(event) => set({ createNamespace: event.target.checked })}
          />
        </>
      ) : null}
    </div>
  );
};
