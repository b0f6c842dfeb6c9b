import type { Found } from "@keyroll/sdk/take-over";
import { Radios, Select } from "../../ui/field.tsx";
import { ChartButtons } from "./chart-buttons.tsx";
import type { ChartFile } from "./chart-files.ts";

/** What somebody chose among what was found; null and empty: what fits. */
export interface Choices {
  readonly type: "helm" | "restart" | null;
  readonly release: string | null;
  readonly secret: string;
}

interface ChoicesProps {
  readonly found: Found;
  readonly type: "helm" | "restart";
  readonly release: string;
  readonly choices: Choices;
  readonly chart: readonly ChartFile[];
  readonly needsChart: boolean;
  readonly onChoose: (choices: Choices) => void;
  readonly onChart: (files: readonly ChartFile[]) => void;
}

const ChartPicker = ({ chart, onChart }: Pick<ChoicesProps, "chart" | "onChart">) => (
  <fieldset>
    <legend>The chart itself</legend>
    <div className="row">
      <ChartButtons onChoose={onChart} />
      <span className="quiet small">{chart.length === 0 ? "None chosen." : `${chart.length} files chosen.`}</span>
    </div>
  </fieldset>
);

/** What of the found is meant: who rolls it from now on, which release, which Secret, and the chart where it is needed. */
export const TakeOverChoices = (props: ChoicesProps) => {
  const { found, type, release, choices, chart, needsChart, onChoose, onChart } = props;
  const mine = found.workloads.filter((one) => type === "restart" || one.release === release);
  const read = [...new Set(mine.flatMap(({ secrets }) => secrets))].toSorted();
  const keepers = [...new Set(found.workloads.flatMap(({ keeper }) => keeper ?? []))].join(" and ");
  const helm = {
    value: "helm",
    label: "helm",
    hint:
      keepers === ""
        ? "Keyroll runs Helm, with the release's chart and values."
        : `Keyroll runs Helm. ${keepers} must not apply it any more.`,
  } as const;
  const restart = {
    value: "restart",
    label: "restart",
    hint: `${keepers === "" ? "Who installs it now" : keepers} goes on; Keyroll writes the Secret, restarts and proves.`,
  } as const;
  return (
    <>
      <Radios
        legend="Who rolls it from now on"
        options={found.releases.length === 0 ? [restart] : [helm, restart]}
        value={type}
        onChange={(chosen) => onChoose({ ...choices, type: chosen, secret: "" })}
      />
      {type === "helm" ? (
        <Select
          label="Release"
          options={found.releases.map(({ name, revision, status }) => ({
            value: name,
            label: `${name}, revision ${revision} (${status})`,
          }))}
          value={release}
          onChange={(event) => onChoose({ ...choices, release: event.target.value, secret: "" })}
        />
      ) : null}
      {read.length < 2 ? null : (
        <Select
          label="Secret"
          hint="The one that holds the pairs."
          options={[
            { value: "", label: read.includes("app-secrets") ? "app-secrets" : "Choose one" },
            ...read.filter((name) => name !== "app-secrets").map((name) => ({ value: name, label: name })),
          ]}
          value={choices.secret}
          onChange={(event) => onChoose({ ...choices, secret: event.target.value })}
        />
      )}
      {type === "helm" && needsChart ? <ChartPicker chart={chart} onChart={onChart} /> : null}
    </>
  );
};
