import { useQueries, useQueryClient, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import type { ReplyOf, Routes } from "@keyroll/contract";
import { client, collect, isCode, keys } from "../../client.ts";
import { to } from "../../paths.ts";
import { useApps } from "../../queries.ts";
import { setOrDelete, useSearch } from "../../search.ts";
import { Button } from "../../ui/button.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Select } from "../../ui/field.tsx";
import { Loading } from "../../ui/loading.tsx";
import { PageHead, Section, useTitle } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { State } from "../../ui/state.tsx";
import { Table, type Column } from "../../ui/table.tsx";
import { say } from "../../ui/toast.tsx";
import { DoorDialog } from "../secrets/door-dialog.tsx";
import type { Door } from "../secrets/place.ts";

type Comparison = ReplyOf<Routes["secrets.compare"]>;
type Status = Comparison["keys"][number]["status"];

/** What a cell says of an environment, beside the first one. */
const cells: Readonly<Record<Status, { readonly word: string; readonly tone: "good" | "warn" | "bad" | "plain" }>> = {
  same: { word: "same", tone: "good" },
  different: { word: "different", tone: "warn" },
  present: { word: "has it", tone: "plain" },
  "only-here": { word: "missing", tone: "bad" },
  "only-there": { word: "only here", tone: "warn" },
};

const most = 5;

const split = (place: string): { readonly app: string; readonly env: string } => {
  const [app = "", env = ""] = place.split("/");
  return { app, env };
};

const chosenIn = (search: URLSearchParams): string[] =>
  (search.get("of") ?? "")
    .split(",")
    .filter((one) => /^[^/]+\/[^/]+$/u.test(one))
    .slice(0, most);

const useEveryEnvironment = () => {
  const apps = useApps().data ?? [];
  return useQueries({
    queries: apps.map(({ name }) => ({
      queryKey: keys.environments(name),
      queryFn: async () => await collect(client.all("environments.list", { params: { app: name } })),
    })),
    combine: (all) => all.flatMap(({ data }) => data ?? []).map(({ app, name }) => `${app}/${name}`),
  });
};

interface Row {
  readonly key: string;
  /** By environment, in the order of the columns after the first. */
  readonly statuses: readonly (Status | null)[];
}

const rowsOf = (comparisons: readonly (Comparison | undefined)[]): Row[] => {
  const names = new Set(comparisons.flatMap((one) => one?.keys.map(({ key }) => key) ?? []));
  const maps = comparisons.map((one) => new Map(one?.keys.map(({ key, status }) => [key, status])));
  return [...names].toSorted().map((key) => ({ key, statuses: maps.map((map) => map.get(key) ?? null) }));
};

/** Keys by environment: which have them, and whether their values are the same. No values. */
export const ComparePage = () => {
  useTitle("Compare");
  const [search, changeSearch] = useSearch();
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [door, setDoor] = useState<Door | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [onlyDifferent, setOnlyDifferent] = useState(false);
  const chosen = chosenIn(search);
  const every = useEveryEnvironment();
  const [first, ...others] = chosen;
  const compared = (other: string, given: string) => ({
    queryKey: ["compare", first, other],
    queryFn: async () =>
      await client.call("secrets.compare", {
        params: split(first ?? ""),
        body: { with: other, ...(given === "" ? {} : { reason: given }) },
      }),
    staleTime: 60_000,
    retry: false,
    // Each comparison is recorded and limited: not again because the window came back.
    refetchOnWindowFocus: false,
  });
  const comparisons = useQueries({ queries: others.map((other) => compared(other, reason)) });
  const isShut = ({ error }: { readonly error: unknown }): boolean =>
    isCode(error, "confirmation_required") || isCode(error, "reauth_required");
  const isProduction = comparisons.some(isShut);
  const openDoor = (what: string, go: (given: string) => Promise<unknown>): void =>
    setDoor({
      what,
      isProduction: true,
      go: async ({ reason: given = "" }) => void (await go(given)),
      onFail: setFailure,
    });
  const base = useQuery({
    queryKey: ["compare-base", first],
    queryFn: async () => await client.call("secrets.list", { params: split(first ?? "") }),
    enabled: first !== undefined,
  });
  const fill = useMutation({
    mutationFn: async ({
      from,
      key,
      given,
    }: {
      readonly from: string;
      readonly key: string;
      readonly given: string;
    }) => {
      const params = split(first ?? "");
      const { revision } = base.data ?? (await client.call("secrets.list", { params }));
      return await client.call("secrets.fill", {
        params,
        ifMatch: revision,
        body: { from: split(from), keys: [key], ...(given === "" ? {} : { reason: given }) },
      });
    },
    onSuccess: (saved, { from, key }) =>
      say(`${key} was copied from ${from}: saved as ${saved.revision}, not deployed.`),
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ["compare"] });
      await queries.invalidateQueries({ queryKey: ["compare-base"] });
    },
  });
  const copy = (from: string, key: string): void => {
    setFailure(null);
    fill.mutateAsync({ from, key, given: reason }).catch((error: unknown) => {
      if (isShut({ error })) openDoor(`Copy ${key}`, async (given) => await fill.mutateAsync({ from, key, given }));
      else setFailure(error);
    });
  };
  /** `at` null: one more. `place` empty: one less. */
  const choose = (at: number | null, place: string): void =>
    changeSearch(
      (params) => {
        const before = chosenIn(params);
        const places = before.toSpliced(at ?? before.length, 1, place);
        setOrDelete(params, "of", places.filter((one) => one !== "").join(","));
      },
      { replace: true },
    );
  const isLoaded = comparisons.some(({ data }) => data !== undefined);
  const rows = rowsOf(comparisons.map(({ data }) => data)).filter(
    ({ statuses }) => !onlyDifferent || statuses.some((status) => status !== "same" && status !== "present"),
  );
  const has = ({ statuses }: Row): boolean => !statuses.includes("only-there");
  const columns: readonly [Column<Row>, ...Column<Row>[]] = [
    { head: "Key", cell: ({ key }) => <code>{key}</code> },
    {
      head: first ?? "",
      cell: (row) => {
        if (has(row)) return <State tone="plain">has it</State>;
        const source = others[row.statuses.indexOf("only-there")];
        return (
          <span className="row">
            <State tone="bad">missing</State>
            {source === undefined ? null : (
              <Button
                small
                busy={fill.isPending && fill.variables.key === row.key}
                onClick={() => copy(source, row.key)}
              >
                Copy from {source}
              </Button>
            )}
          </span>
        );
      },
    },
    ...others.map((other, index): Column<Row> => ({
      head: other,
      cell: ({ statuses }) => {
        const status = statuses[index];
        return status === null || status === undefined ? (
          <State tone="plain">neither</State>
        ) : (
          <State tone={cells[status].tone}>{cells[status].word}</State>
        );
      },
    })),
  ];
  const options = [{ value: "", label: "choose…" }, ...every.map((place) => ({ value: place, label: place }))];
  return (
    <>
      <PageHead title="Compare">
        <p className="quiet">
          Which keys two or more environments have, and whether their values are the same. Values are not shown; that
          they were compared is recorded.
        </p>
      </PageHead>
      <div className="row top">
        {[...chosen, ...(chosen.length < most ? [""] : [])].map((place, index) => (
          <Select
            key={`${index} ${place}`}
            label={index === 0 ? "Environment" : "with"}
            value={place}
            options={options.filter(({ value }) => value === place || !chosen.includes(value))}
            onChange={(event) => choose(place === "" ? null : index, event.target.value)}
          />
        ))}
      </div>
      {others.length === 0 ? (
        <Empty title="Choose two environments.">
          <p>They may be of different apps.</p>
        </Empty>
      ) : (
        <Section
          title="Keys"
          actions={
            <Button aria-pressed={onlyDifferent} onClick={() => setOnlyDifferent(!onlyDifferent)}>
              Only what differs
            </Button>
          }
        >
          {isProduction ? (
            <p className="row">
              One of them is production: comparing its values needs a reason.
              <Button
                onClick={() =>
                  openDoor("Compare values of production", async (given) => {
                    for (const other of others) await queries.fetchQuery({ ...compared(other, given), staleTime: 0 });
                  })
                }
              >
                Give a reason
              </Button>
            </p>
          ) : null}
          {comparisons.map(({ error, refetch }, index) =>
            error === null || isShut({ error }) ? null : (
              <Problem key={others[index]} error={error} retry={() => void refetch()} />
            ),
          )}
          {failure === null ? null : <Problem error={failure} />}
          {isLoaded ? (
            <Table label="Keys by environment" columns={columns} rows={rows} keyOf={({ key }) => key} />
          ) : isProduction || comparisons.every(({ error }) => error !== null) ? null : (
            <Loading what="the comparison" rows={8} />
          )}
          {isLoaded && rows.length === 0 ? (
            <p className="quiet">Nothing {onlyDifferent ? "differs" : "is saved in any of them"}.</p>
          ) : null}
          {comparisons.some(({ data }) => data?.compared === false) ? (
            <p className="quiet">
              Without the right to reveal values on both sides, only which keys are where is told.
            </p>
          ) : null}
          {first === undefined ? null : (
            <p className="small">
              <Link to={to.secrets(split(first).app, split(first).env)}>Secrets of {first}</Link>
            </p>
          )}
        </Section>
      )}
      {door === null ? null : (
        <DoorDialog door={door} before={reason} onReason={setReason} onClose={() => setDoor(null)} />
      )}
    </>
  );
};
