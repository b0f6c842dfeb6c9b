import { useInfiniteQuery } from "@tanstack/react-query";
import { memo, useEffect, useMemo } from "react";
import { Link } from "react-router";
import { client, keys } from "../../client.ts";
import { to } from "../../paths.ts";
import { useApps } from "../../queries.ts";
import { setOrDelete, useSearch } from "../../search.ts";
import { Ago } from "../../ui/ago.tsx";
import { Button } from "../../ui/button.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { Loading } from "../../ui/loading.tsx";
import { PageHead, useTitle } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Table } from "../../ui/table.tsx";
import { useAfterPaint } from "../../ui/use-after-paint.ts";
import { useWho } from "../../who.ts";
import { actions } from "./actions.ts";
import { detailsOf, passes, type AuditEntry, type AuditFilter } from "./entry.ts";
import "./audit.css";

/** Rows that a page shows before "Show more"; the filter may leave out most of what the server sends. */
const enough = 50;
/** Entries that are looked through without being asked again. */
const patience = 1000;

const useFilter = (): readonly [AuditFilter, (change: Partial<AuditFilter>) => void] => {
  const [search, changeSearch] = useSearch();
  const filter = useMemo(
    () => ({
      action: search.get("action") ?? "",
      where: search.get("app") ?? "",
      actor: search.get("actor") ?? "",
    }),
    [search],
  );
  const change = ({ action, where, actor }: Partial<AuditFilter>): void =>
    changeSearch(
      (params) => {
        if (action !== undefined) setOrDelete(params, "action", action);
        if (where !== undefined) setOrDelete(params, "app", where);
        if (actor !== undefined) setOrDelete(params, "actor", actor);
      },
      { replace: true },
    );
  return [filter, change];
};

const Filters = ({
  filter,
  onChange,
}: {
  readonly filter: AuditFilter;
  readonly onChange: (change: Partial<AuditFilter>) => void;
}) => {
  const apps = (useApps().data ?? []).map(({ name }) => name);
  const shown = filter.where === "" || apps.includes(filter.where) ? apps : [filter.where, ...apps];
  const known = filter.action === "" || actions.includes(filter.action) ? actions : [filter.action, ...actions];
  return (
    <div className="filters no-print">
      <Select
        label="Action"
        options={[{ value: "", label: "all" }, ...known.map((one) => ({ value: one, label: one }))]}
        value={filter.action}
        onChange={(event) => onChange({ action: event.target.value })}
      />
      <Select
        label="App"
        options={[{ value: "", label: "all" }, ...shown.map((one) => ({ value: one, label: one }))]}
        value={filter.where}
        onChange={(event) => onChange({ where: event.target.value })}
      />
      <Field
        label="Actor"
        type="search"
        placeholder="A part of the name"
        value={filter.actor}
        onChange={(event) => onChange({ actor: event.target.value })}
        autoComplete="off"
        spellCheck={false}
      />
    </div>
  );
};

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

const Entries = memo(({ entries }: { readonly entries: readonly AuditEntry[] }) => {
  const who = useWho();
  return (
    <Table
      label="Audit"
      rows={entries}
      keyOf={({ id }) => id}
      columns={[
        {
          head: "When",
          kind: "tight",
          cell: ({ at }) => (
            <>
              <span className="small">{exact.format(at)}</span>
              <div className="quiet small no-print">
                <Ago at={at} />
              </div>
            </>
          ),
        },
        { head: "Who", cell: ({ actor }) => `${who(actor.name)}${actor.kind === "token" ? " (token)" : ""}` },
        { head: "What", kind: "tight", cell: ({ action }) => <code>{action}</code> },
        {
          head: "Where",
          cell: ({ app, environment }) =>
            app === null ? (
              ""
            ) : (
              <Link to={environment === null ? to.app(app) : to.environment(app, environment)}>
                {app}
                {environment === null ? "" : ` / ${environment}`}
              </Link>
            ),
        },
        {
          head: "Details",
          cell: (entry) => (
            <>
              {detailsOf(entry).map(([name, value]) => (
                <div key={name} className="small">
                  <span className="quiet">{name}</span> {value}
                </div>
              ))}
              {entry.requestId === null ? null : (
                <div className="small quiet">
                  request <code>{entry.requestId}</code>
                </div>
              )}
            </>
          ),
        },
      ]}
    />
  );
});

/** What was done, by whom, newest first. It is printed as it is filtered. */
export const AuditPage = () => {
  useTitle("Audit");
  const [filter, change] = useFilter();
  const { action } = filter;
  const list = useInfiniteQuery({
    queryKey: keys.audit({ action }),
    queryFn: async ({ pageParam }) =>
      await client.call("audit.list", {
        query: {
          limit: 200,
          ...(action === "" ? {} : { action }),
          ...(pageParam === null ? {} : { cursor: pageParam }),
        },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
  const all = useMemo(() => (list.data?.pages ?? []).flatMap(({ items }) => items), [list.data]);
  // Typing comes first, then the list.
  const listed = useAfterPaint(filter);
  const entries = useMemo(() => all.filter((entry) => passes(entry, listed)), [all, listed]);
  const { hasNextPage, isFetching, fetchNextPage } = list;
  // A filter that leaves little on the first pages looks further by itself, up to a point.
  const looksOn = hasNextPage && !isFetching && entries.length < enough && all.length < patience;
  useEffect(() => {
    if (looksOn) void fetchNextPage();
  }, [looksOn, fetchNextPage]);
  return (
    <div className="stack audit">
      <PageHead
        title="Audit"
        actions={
          <Button icon="print" onClick={() => globalThis.print()}>
            Print
          </Button>
        }
      />
      <Filters filter={filter} onChange={change} />
      {list.error === null ? null : <Problem error={list.error} retry={() => void list.refetch()} />}
      {list.data === undefined ? (
        list.error === null && <Loading what="the audit" rows={8} />
      ) : (
        <>
          {entries.length === 0 ? (
            <Empty title={hasNextPage ? `None of the newest ${all.length} entries.` : "No entry."} />
          ) : (
            <Entries entries={entries} />
          )}
          <div className="row no-print">
            {hasNextPage ? (
              <Button busy={isFetching} onClick={() => void fetchNextPage()}>
                Show more
              </Button>
            ) : null}
            <span className="quiet small">
              {entries.length} of {all.length} entries{hasNextPage ? ", and older ones" : ""}
            </span>
          </div>
        </>
      )}
    </div>
  );
};
