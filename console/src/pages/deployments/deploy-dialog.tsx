import type { ReplyOf, Routes } from "@keyroll/contract";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { client, keys, type Environment, type Status } from "../../client.ts";
import { to } from "../../paths.ts";
import { useReleases, useSecrets } from "../../queries.ts";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Checkbox, Select } from "../../ui/field.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Problem } from "../../ui/problem.tsx";
import { useWho } from "../../who.ts";
import { Findings } from "./findings.tsx";

interface DeployDialogProps {
  readonly environment: Environment;
  readonly status: Status;
  /** Why nothing can be deployed there any more, or null. */
  readonly held: string | null;
  /** Unsaved edits of this page, which no deployment takes along. */
  readonly drafts: number;
  readonly onClose: () => void;
}

type Restart = "changed" | "all" | "none";

/** Keys that go live with this deployment, with whoever saved them. */
const Pending = ({ app, env }: { readonly app: string; readonly env: string }) => {
  const who = useWho();
  const list = useSecrets(app, env).data;
  const pending = (list?.secrets ?? []).filter(({ state }) => state !== "running" && state !== "in-cluster");
  if (list === undefined) return null;
  if (pending.length === 0) return <p>Every saved key is live already.</p>;
  return (
    <div>
      <h3>Goes live</h3>
      <ul className="changed-keys">
        {pending.map(({ key, state, changedBy }) => (
          <li key={key}>
            <code>{key}</code>{" "}
            <span className="quiet">
              {state === "removed" ? "removed" : ""} by {who(changedBy)}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
};

const effects = [
  ["restarts", "Restarts"],
  ["starts", "Starts"],
  ["stays", "Stays as it is"],
] as const;

/** What happens to each workload, and why, before anything does. */
const Effects = ({ restarts }: { readonly restarts: ReplyOf<Routes["preflight.run"]>["restarts"] }) => (
  <>
    {effects.map(([effect, words]) => {
      const own = restarts.filter((one) => one.effect === effect);
      if (own.length === 0) return null;
      return (
        <p key={effect} className="small">
          {words}: {own.map(({ kind, name, why }) => `${kind}/${name} (${why})`).join(", ")}.
        </p>
      );
    })}
  </>
);

/** Shows what preflight says and what will restart; then, and only then, it deploys. */
export const DeployDialog = ({ environment, status, held, drafts, onClose }: DeployDialogProps) => {
  const { app, name: env, type } = environment;
  const params = { app, env };
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [release, setRelease] = useState("");
  const [takesNewest, setTakesNewest] = useState(false);
  const [restart, setRestart] = useState<Restart>("changed");
  const [adopts, setAdopts] = useState(false);
  /** Rules whose errors are passed over; another goal with other errors is asked anew. */
  const [passed, setPassed] = useState("");
  const [takesFields, setTakesFields] = useState(false);
  const [overwrites, setOverwrites] = useState(false);
  const isHelm = type === "helm";
  const goal = {
    ...(release === "" ? {} : { release }),
    ...(takesNewest ? { valuesVersion: "latest" as const } : {}),
    revision: status.saved,
  };
  const releases = useReleases(app, isHelm);
  const values = useQuery({
    queryKey: keys.part(app, env, "values"),
    queryFn: async () => await client.call("values.get", { params }),
    enabled: isHelm,
  });
  const preflight = useQuery({
    queryKey: keys.part(app, env, "preflight", JSON.stringify(goal)),
    queryFn: async () => await client.call("preflight.run", { params, body: goal }),
    enabled: status.saved > 0 || isHelm,
    staleTime: 5000,
    retry: false,
  });
  const conflicts = preflight.data?.findings.filter(({ rule }) => rule === "field-conflict").length ?? 0;
  const failing =
    preflight.data?.findings.filter(
      ({ severity, rule }) => severity === "error" && !(takesFields && rule === "field-conflict"),
    ) ?? [];
  const rules = [...new Set(failing.map(({ rule }) => rule))];
  const isFixed = rules.some((rule) => preflight.data?.fixed.includes(rule) === true);
  const ignorePreflight = rules.length > 0 && !isFixed && passed === rules.join(", ") ? rules : [];
  const deploy = useMutation({
    mutationFn: async () =>
      (
        await client.call("deployments.request", {
          params,
          body: {
            ...goal,
            restart,
            adopt: adopts,
            ignorePreflight,
            forceConflicts: takesFields,
            overwriteDrift: overwrites,
          },
        })
      ).deployment,
    onSuccess: ({ number }) => {
      onClose();
      void navigate(to.deployment(app, env, number));
    },
    onSettled: async () => await queries.invalidateQueries({ queryKey: keys.environment(app, env) }),
  });
  const running = status.deployment?.goal ?? null;
  const runningChart = running?.release ?? null;
  const [newestChart] = releases.data ?? [];
  const newestRelease = newestChart === undefined ? "" : `: ${newestChart.chart} ${newestChart.version}`;
  const owner = status.mirror?.owner ?? null;
  const newest = values.data?.version ?? 0;
  const chosen = preflight.data?.goal;
  const isForeign = status.mirror !== null && status.mirror.exists && !status.mirror.ours;
  const isBlocked =
    status.drift.entries.some(({ kind }) => !["deleted", "uninstalled", "unmarked"].includes(kind)) &&
    environment.settings.drift === "report" &&
    status.drift.pausedUntil === null;
  const reason = preflight.isPending
    ? "Preflight is at work."
    : failing.length > 0 && ignorePreflight.length === 0
      ? !isFixed
        ? "Preflight found errors: correct them, or say that you deploy in spite of them."
        : rules.every((rule) => rule === "field-conflict")
          ? "Others have set what the chart sets: correct the chart, or say that it is taken from them."
          : "Preflight found errors: correct them first."
      : isForeign && !adopts
        ? "The Secret in the cluster is not Keyroll's: say that it is taken over."
        : isBlocked && !overwrites
          ? "Others changed what was deployed: adopt it, or say that it is overwritten."
          : null;
  return (
    <Dialog title={`Deploy ${status.saved} to ${env}`} onClose={onClose} busy={deploy.isPending} wide>
      <div className="stack tight">
        {drafts === 0 ? null : (
          <Banner tone="warn" role="none">
            <p>{drafts === 1 ? "1 draft is" : `${drafts} drafts are`} not saved and not part of this deployment.</p>
          </Banner>
        )}
        <Pending app={app} env={env} />
        {isHelm ? (
          <Select
            label="Release"
            value={release}
            onChange={(event) => setRelease(event.target.value)}
            options={[
              {
                value: "",
                label: runningChart === null ? `the newest${newestRelease}` : `${runningChart.version}, which runs`,
              },
              ...(releases.data ?? []).map((one) => ({ value: one.id, label: `${one.chart} ${one.version}` })),
            ]}
          />
        ) : null}
        {isHelm && running !== null && running.values !== null && newest > running.values ? (
          <Checkbox
            label={`Take Helm values ${newest} along`}
            hint={`Saved by ${values.data?.savedBy ?? "somebody"} and not deployed yet; values ${running.values} run.`}
            checked={takesNewest}
            onChange={(event) => setTakesNewest(event.target.checked)}
          />
        ) : null}
        {type === "process" ? null : (
          <Select
            label="Restart"
            value={restart}
            onChange={(event) => setRestart(event.target.value as Restart)}
            options={[
              { value: "changed", label: "what uses a changed key" },
              { value: "all", label: "everything that uses the Secret" },
              { value: "none", label: "nothing: write the Secret, somebody else rolls" },
            ]}
          />
        )}
        {isForeign ? (
          <Checkbox
            label="Take over the Secret that is in the cluster"
            hint={`It was not made by Keyroll${owner === null ? "" : ` but by ${owner}`}; what it holds is replaced by the saved pairs.`}
            checked={adopts}
            onChange={(event) => setAdopts(event.target.checked)}
          />
        ) : null}
        {isBlocked ? (
          <Checkbox
            label="Overwrite what others changed"
            hint={`${status.drift.sentence ?? ""} What they did is lost.`}
            checked={overwrites}
            onChange={(event) => setOverwrites(event.target.checked)}
          />
        ) : null}
        <section aria-label="Preflight" aria-live="polite" className="stack tight">
          <h3>Preflight</h3>
          {preflight.isPending ? <Loading what="what preflight says" rows={2} /> : null}
          {preflight.error === null ? null : <Problem error={preflight.error} retry={() => void preflight.refetch()} />}
          {preflight.data?.findings.length === 0 ? <p>No findings.</p> : null}
          {preflight.data === undefined ? null : <Findings findings={preflight.data.findings} />}
          {rules.length === 0 || isFixed ? null : (
            <Checkbox
              label="Deploy in spite of these errors"
              hint={`It is recorded that you passed over ${rules.join(", ")}.`}
              checked={ignorePreflight.length > 0}
              onChange={(event) => setPassed(event.target.checked ? rules.join(", ") : "")}
            />
          )}
          {preflight.data === undefined || restart !== "changed" ? null : (
            <Effects restarts={preflight.data.restarts} />
          )}
        </section>
        {conflicts === 0 ? null : (
          <Checkbox
            label={
              conflicts === 1
                ? "Take this field from who has set it"
                : `Take these ${conflicts} fields from who has set them`
            }
            hint={`${conflicts === 1 ? "It gets" : "They get"} what the chart says; an autoscaler, or whoever it was, may set ${conflicts === 1 ? "it" : "them"} again.`}
            checked={takesFields}
            onChange={(event) => setTakesFields(event.target.checked)}
          />
        )}
        {deploy.error === null ? null : <Problem error={deploy.error} />}
        <div className="form-end">
          <Button kind="main" busy={deploy.isPending} reason={held ?? reason} onClick={() => deploy.mutate()}>
            Deploy {chosen?.revision ?? status.saved}
          </Button>
          <Cancel>Not now</Cancel>
        </div>
      </div>
    </Dialog>
  );
};
