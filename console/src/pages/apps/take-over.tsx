import { planOf, type Found, type Plan, type Wanted } from "@keyroll/sdk/take-over";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { client, keys, type Environment } from "../../client.ts";
import { useChosenConnection } from "../../forms/chosen-connection.ts";
import { NameField } from "../../forms/create-form.tsx";
import { to } from "../../paths.ts";
import { useConnections } from "../../queries.ts";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Problem, problemOf } from "../../ui/problem.tsx";
import type { ChartFile } from "./chart-files.ts";
import { KindField } from "./kind-field.tsx";
import { TakeOverChoices, type Choices } from "./take-over-choices.tsx";
import { TakeOverPath, type ComparedPath } from "./take-over-path.tsx";
import { TakeOverPlan } from "./take-over-plan.tsx";
import { useTakeOver } from "./use-take-over.ts";

interface TakeOverProps {
  readonly app: string;
  readonly onClose: () => void;
}

const look = async (connection: string, namespace: string, release: string): Promise<Found> =>
  await client.call("connections.found", {
    params: { connection, namespace },
    ...(release === "" ? {} : { query: { release } }),
  });

const noChoices: Choices = { type: null, release: null, secret: "" };

const chartName = (files: readonly ChartFile[]): string => files[0]?.path.split("/")[0] ?? "";

/** The plan, or why there is none; null: not everything is known yet. */
const planned = (
  found: Found | undefined,
  wanted: Wanted,
  place: { readonly app: string; readonly env: string },
): Plan | Error | null => {
  if (found === undefined) return null;
  try {
    return planOf(found, wanted, place);
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
};

/** Takes over an app that runs, without a restart: what is there, what would be made of it, and then all of it. */
export const TakeOver = ({ app, onClose }: TakeOverProps) => {
  const connections = useConnections();
  const [name, setName] = useState("");
  const [namespace, setNamespace] = useState("");
  const [kind, setKind] = useState<Environment["kind"]>("sandbox");
  /** Where was looked; another place has to be looked at anew. */
  const [asked, setAsked] = useState<string | null>(null);
  const [choices, setChoices] = useState(noChoices);
  const [chart, setChart] = useState<readonly ChartFile[]>([]);
  const [path, setPath] = useState<ComparedPath | "not compared" | null>(null);

  const all = (connections.data ?? []).filter(({ cluster }) => cluster.kind !== "process");
  const { chosen, connection, options, choose } = useChosenConnection(all, ({ store }) => store.kind);
  const place = namespace.trim();
  const isAsked = asked !== null && asked === `${chosen}/${place}`;
  const asking = { enabled: isAsked, retry: false, staleTime: 60_000, gcTime: 0 };
  const around = useQuery({
    ...asking,
    queryKey: keys.found(chosen, place, ""),
    queryFn: async () => await look(chosen, place, ""),
  });
  const type = choices.type ?? around.data?.type ?? null;
  const release = type === "helm" ? (choices.release ?? around.data?.releases[0]?.name ?? "") : "";
  const withRelease = useQuery({
    ...asking,
    enabled: isAsked && release !== "",
    queryKey: keys.found(chosen, place, release),
    queryFn: async () => await look(chosen, place, release),
  });
  const found = release === "" ? around : withRelease;
  const wanted = {
    connection: chosen,
    namespace: place,
    kind,
    ...(type === null ? {} : { type }),
    ...(release === "" ? {} : { release }),
    ...(choices.secret === "" ? {} : { secret: choices.secret }),
    ...(chart.length === 0 ? {} : { chart: chartName(chart) }),
  };
  const plan = isAsked ? planned(found.data, wanted, { app, env: name }) : null;
  const taking = useTakeOver({ app, name, wanted, chart });
  const busy = taking.isPending;
  const isLooking = connections.data === undefined || (isAsked && found.isFetching);
  const about = (field: string): string | null => problemOf(taking.error ?? around.error, field);
  const anew = (set: () => void): void => {
    set();
    setAsked(null);
    setChoices(noChoices);
    setChart([]);
    setPath(null);
    taking.reset();
  };
  const reason =
    name === ""
      ? "Give the environment a name."
      : path === "not compared"
        ? "Compare the path first, or empty it."
        : null;
  return (
    <Dialog title={`Take over what runs, for ${app}`} onClose={onClose} busy={busy} wide>
      {connections.error === null ? null : <Problem error={connections.error} />}
      {connections.data !== undefined && all.length === 0 ? (
        <p>
          A connection to its cluster is needed. <Link to={to.newConnection("takeover")}>Make one first.</Link>
        </p>
      ) : (
        <Form
          className="form"
          autoComplete="off"
          busy={busy || isLooking}
          onSubmit={() => {
            if (isAsked) void around.refetch();
            else setAsked(`${chosen}/${place}`);
          }}
        >
          {/* What is under way is what was asked for: it is not edited meanwhile. */}
          <fieldset disabled={busy}>
            <NameField name={name} onChange={setName} problem={about("name")} />
            <Select
              label="Connection"
              hint="The cluster that it runs in, and the store that keeps its values from now on."
              options={options}
              value={chosen}
              onChange={(event) => anew(() => choose(event.target.value))}
            />
            <Field
              label="Namespace"
              hint="Where it runs."
              value={namespace}
              onChange={(event) => anew(() => setNamespace(event.target.value))}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              code
              required
              problem={about("namespace")}
            />
            <KindField kind={kind} onChange={setKind} />
            {around.data === undefined || !isAsked ? null : (
              <TakeOverChoices
                found={around.data}
                type={type ?? "restart"}
                release={release}
                choices={choices}
                chart={chart}
                needsChart={chart.length > 0 || problemOf(plan, "chart") !== null}
                onChoose={(next) => {
                  setChoices(next);
                  setPath(null);
                }}
                onChart={setChart}
              />
            )}
          </fieldset>
          {isAsked && (found.isFetching || around.isFetching) ? <Loading what="what runs there" rows={3} /> : null}
          {isAsked && found.error !== null && about("namespace") === null ? (
            <Problem error={found.error} retry={() => void found.refetch()} />
          ) : null}
          {plan instanceof Error ? <Problem error={plan} /> : null}
          {plan === null || plan instanceof Error ? null : (
            <>
              {connection?.store.kind.startsWith("aws-") === true ? (
                <TakeOverPath place={{ app, env: name }} plan={plan} wanted={wanted} onPath={setPath} />
              ) : null}
              <TakeOverPlan plan={plan} wanted={wanted} path={path === "not compared" ? null : path} />
            </>
          )}
          {taking.done.length === 0 ? null : (
            <ul role="log" aria-label="Done so far" className="small">
              {taking.done.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          )}
          {taking.error === null || about("name") !== null ? null : <Problem error={taking.error} />}
          <div className="form-end">
            {plan === null || plan instanceof Error ? (
              <Button submit kind="main">
                Look
              </Button>
            ) : (
              <Button
                kind="main"
                busy={busy}
                reason={reason}
                onClick={() => taking.mutate({ plan, path: path === "not compared" ? null : path })}
              >
                {taking.error === null ? "Take it over" : "Go on"}
              </Button>
            )}
            <Cancel />
            <span className="quiet small">Looking changes nothing.</span>
          </div>
        </Form>
      )}
    </Dialog>
  );
};
