import type { ReplyOf, Routes } from "@keyroll/contract";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { client, keys } from "../../client.ts";
import { to } from "../../paths.ts";
import { setOrDelete, useSearch } from "../../search.ts";
import { Ago } from "../../ui/ago.tsx";
import type { Tone } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Checkbox, Field } from "../../ui/field.tsx";
import { Loading } from "../../ui/loading.tsx";
import { PageHead, useTitle } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Badge, State } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { useAfterPaint } from "../../ui/use-after-paint.ts";
import { useWho } from "../../who.ts";
import { SetMany, type Chosen } from "./set-many.tsx";

type Found = ReplyOf<Routes["search.keys"]>["items"][number];

const states: Readonly<Record<Found["state"], readonly [Tone, string]>> = {
  "not-deployed": ["warn", "saved, never deployed"],
  saved: ["warn", "saved, not live"],
  "in-cluster": ["plain", "in the cluster"],
  running: ["good", "running"],
  removed: ["warn", "removed, still in the cluster"],
};

interface ResultsProps {
  readonly found: readonly Found[];
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (name: string, isChosen: boolean) => void;
}

const nameOf = ({ app, env, key }: Pick<Found, "app" | "env" | "key">): string => `${app}/${env}/${key}`;

const Results = ({ found, chosen, onChoose }: ResultsProps) => {
  const who = useWho();
  return (
    <Table
      label="Keys"
      rows={found}
      keyOf={nameOf}
      columns={[
        {
          head: "Key",
          cell: ({ app, env, key }) => (
            <Link to={to.secrets(app, env, { key })}>
              <code>{key}</code>
            </Link>
          ),
        },
        {
          head: "Environment",
          cell: ({ app, env, kind }) => (
            <span className="row">
              <Link to={to.environment(app, env)}>
                {app} / {env}
              </Link>
              {kind === "production" ? <Badge tone="warn">production</Badge> : null}
            </span>
          ),
        },
        {
          head: "Changed",
          cell: ({ changedAt, changedBy, revision }) => (
            <>
              <Ago at={changedAt} /> by {who(changedBy)} ({revision})
            </>
          ),
        },
        { head: "State", cell: ({ state }) => <State tone={states[state][0]}>{states[state][1]}</State> },
        {
          head: "Choose",
          kind: "tight",
          unseen: true,
          cell: (one) =>
            one.state === "removed" ? null : (
              <Checkbox
                label={
                  <>
                    choose
                    <span className="unseen">
                      {" "}
                      {one.key} of {one.app} / {one.env}
                    </span>
                  </>
                }
                checked={chosen.has(nameOf(one))}
                onChange={(event) => onChoose(nameOf(one), event.target.checked)}
              />
            ),
        },
      ]}
    />
  );
};

/** Where a key is, in every app: by a part of its name, never by its value. */
export const FindPage = () => {
  useTitle("Find a key");
  const [search, changeSearch] = useSearch();
  const asked = search.get("q") ?? "";
  const [given, setGiven] = useState({ text: asked, asked });
  // The bar's box asks for another address while this page is open.
  if (given.asked !== asked) setGiven({ text: asked.trim() === given.text.trim() ? given.text : asked, asked });
  const { text } = given;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [sets, setSets] = useState<readonly Chosen[] | null>(null);
  const key = useAfterPaint(text.trim());
  const list = useInfiniteQuery({
    queryKey: keys.search(key),
    queryFn: async ({ pageParam, signal }) =>
      await client.call("search.keys", {
        query: { key, ...(pageParam === null ? {} : { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    enabled: key !== "",
    placeholderData: (before) => before,
  });
  const found = (list.data?.pages ?? []).flatMap(({ items }) => items);
  const picked = found
    .filter((one) => chosen.has(nameOf(one)))
    .map(({ app, env, key: name }) => ({ app, env, key: name }));
  return (
    <>
      <PageHead title="Find a key" />
      <search className="narrow">
        <Field
          label="Key"
          hint="A part of its name; upper and lower case do not matter."
          type="search"
          value={text}
          onChange={(event) => {
            const next = event.target.value;
            setGiven({ text: next, asked: next.trim() });
            changeSearch((params) => setOrDelete(params, "q", next.trim()), { replace: true });
          }}
          maxLength={253}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          code
        />
      </search>
      {list.error === null ? null : <Problem error={list.error} retry={() => void list.refetch()} />}
      {key === "" ? null : list.data === undefined ? (
        list.error === null && <Loading what="the keys" />
      ) : found.length === 0 ? (
        <Empty title={`No saved key has "${key}" in its name.`} />
      ) : (
        <Results
          found={found}
          chosen={chosen}
          onChoose={(name, isChosen) =>
            setChosen((before) => new Set(isChosen ? [...before, name] : [...before].filter((one) => one !== name)))
          }
        />
      )}
      {picked.length === 0 ? null : (
        <div className="row">
          <Button kind="main" onClick={() => setSets(picked)}>
            Set {picked.length === 1 ? "it" : `these ${picked.length}`} to one value
          </Button>
          <Button onClick={() => setChosen(new Set())}>Choose none</Button>
        </div>
      )}
      {sets === null ? null : <SetMany chosen={sets} onClose={() => setSets(null)} />}
      {key !== "" && list.hasNextPage ? (
        <div>
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        </div>
      ) : null}
    </>
  );
};
