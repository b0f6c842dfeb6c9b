import { secretLooking } from "@keyroll/pairs";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, lazy, useMemo, useState } from "react";
import { Link } from "react-router";
import { parseDocument } from "yaml";
import { client, isCode, keys } from "../../client.ts";
import { to } from "../../paths.ts";
import { useReleases, useStatus } from "../../queries.ts";
import { Ago } from "../../ui/ago.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Section } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";
import { UnsavedGuard } from "../../ui/unsaved-guard.tsx";
import { useWho } from "../../who.ts";
import { Findings } from "../deployments/findings.tsx";
import { goneWords } from "../environment/held.ts";
import { useWhere } from "../environment/where.ts";
import type { Mark } from "./yaml-editor.tsx";
import "./values.css";

const YamlEditor = lazy(async () => ({ default: (await import("./yaml-editor.tsx")).YamlEditor }));

/** What is wrong with the text as YAML, and what looks like a credential in it. */
const marksOf = (text: string): Mark[] => {
  const document = parseDocument(text, { version: "1.1", merge: true, uniqueKeys: true, prettyErrors: true });
  return [
    ...document.errors.map((error): Mark => ({
      line: error.linePos?.[0].line ?? 1,
      severity: "error",
      // The first line says what is wrong; the rest quotes the text.
      message: error.message.split(/ at line \d|\n/u)[0] ?? "not YAML",
    })),
    ...secretLooking(text).map(({ line, message }): Mark => ({ line, severity: "warning", message })),
  ];
};

/** Vars > Helm values: the YAML that goes into the chart. It is not secret, so what looks like a secret is pointed out. */
export const ValuesPage = () => {
  const { app, env } = useWhere();
  const params = { app, env };
  const queries = useQueryClient();
  const who = useWho();
  const { data: status, error: statusError } = useStatus(app, env);
  const [text, setText] = useState<string | null>(null);
  const [base, setBase] = useState(0);
  const [asksAbout, setAsksAbout] = useState<readonly Mark[]>([]);
  const saved = useQuery({
    queryKey: keys.part(app, env, "values"),
    queryFn: async () => await client.call("values.get", { params }),
  });
  const releases = useReleases(app).data;
  const runs = status?.deployment?.goal.release?.id ?? releases?.[0]?.id ?? null;
  const release = useQuery({
    queryKey: [...keys.releases(app), runs],
    queryFn: async () => await client.call("releases.get", { params: { app, release: runs ?? "" } }),
    enabled: runs !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const shown = text ?? saved.data?.text ?? "";
  const isDirty = text !== null && text !== saved.data?.text;
  const marks = useMemo(() => marksOf(shown), [shown]);
  const chartValues = release.data?.values ?? null;
  const errors = marks.filter(({ severity }) => severity === "error");
  const check = useMutation({
    mutationFn: async () => await client.call("preflight.run", { params, body: { valuesText: shown } }),
  });
  const readAnew = async (): Promise<void> =>
    await queries.invalidateQueries({ queryKey: keys.part(app, env, "values") });
  const save = useMutation({
    mutationFn: async (sent: string) =>
      await client.call("values.put", { params, ifMatch: base, body: { text: sent } }),
    onSuccess: async ({ version }, sent) => {
      await readAnew();
      // What was typed meanwhile is a change of what was saved.
      setText((now) => (now === sent ? null : now));
      setBase(version);
      setAsksAbout([]);
      say(`Saved as Helm values ${version}. They reach the app with the next deployment that takes them along.`);
    },
    onError: async () => await readAnew(),
  });
  if (saved.data === undefined) {
    return saved.error === null ? (
      <Loading what="the Helm values" rows={12} />
    ) : (
      <Problem error={saved.error} retry={() => void saved.refetch()} />
    );
  }
  const { version, savedAt, savedBy } = saved.data;
  const running = status?.deployment?.goal.values ?? null;
  const change = (next: string): void => {
    if (text === null) setBase(version);
    setText(next === saved.data.text ? null : next);
    check.reset();
  };
  const held = goneWords([saved.error, statusError]);
  const ask = (): void => {
    if (held !== null || !isDirty || errors.length > 0 || save.isPending) return;
    const looking = marks.filter(({ severity }) => severity === "warning");
    if (looking.length > 0) setAsksAbout(looking);
    else save.mutate(shown);
  };
  // A save that is under way makes a newer version itself; whose it is, its answer tells.
  const isBehind = isDirty && version > base && !save.isPending;
  return (
    <Section
      title="Helm values"
      isPage
      actions={
        <>
          <Button
            busy={check.isPending}
            reason={errors.length > 0 ? "This is not YAML yet." : null}
            onClick={() => check.mutate()}
          >
            Check with the chart
          </Button>
          {isDirty ? <Button onClick={() => setText(null)}>Discard</Button> : null}
          <Button
            kind="main"
            busy={save.isPending}
            reason={held ?? (isDirty ? (errors.length > 0 ? "This is not YAML yet." : null) : "Nothing was changed.")}
            onClick={ask}
          >
            Save
          </Button>
        </>
      }
    >
      <p className="quiet dots">
        <span>{version === 0 ? "Nothing saved: the chart's own values are used." : `Version ${version}`}</span>
        {savedAt === null ? null : (
          <span>
            saved <Ago at={savedAt} /> by {who(savedBy ?? "somebody")}
          </span>
        )}
        {running === null || running === version ? null : <span>version {running} runs</span>}
        <span>
          Not secret: they lie readable in the database and in the release. Values that are secret go to{" "}
          <Link to={to.secrets(app, env)}>Secrets</Link>.
        </span>
      </p>
      {isBehind ? (
        <Banner tone="warn">
          <p>
            Somebody saved version {version} while you were editing version {base}. Saving is refused until you take it
            in: copy what you changed, discard, and make the change again.
          </p>
        </Banner>
      ) : null}
      <Suspense fallback={<Loading what="the editor" rows={12} />}>
        <YamlEditor
          label="Helm values, YAML"
          text={shown}
          schema={release.data?.schema ?? null}
          marks={marks}
          onChange={change}
          onSave={ask}
        />
      </Suspense>
      <div aria-live="polite">
        {marks.length === 0 ? null : (
          <ul className="small">
            {marks.map(({ line, severity, message }) => (
              <li key={`${line} ${message}`} className={severity === "error" ? "text-bad" : "text-warn"}>
                {message.startsWith("line ") ? message : `line ${line}: ${message}`}
              </li>
            ))}
          </ul>
        )}
      </div>
      {save.error === null || isCode(save.error, "revision_conflict") ? null : <Problem error={save.error} />}
      {check.error === null ? null : <Problem error={check.error} />}
      {check.data === undefined ? null : (
        <Section title="What preflight says of these values">
          {check.data.findings.length === 0 ? (
            <p>The chart renders with them; no findings.</p>
          ) : (
            <Findings findings={check.data.findings} />
          )}
        </Section>
      )}
      {chartValues === null ? null : (
        <details>
          <summary>The chart's own values</summary>
          <pre className="scroll">
            <code>{chartValues}</code>
          </pre>
        </details>
      )}
      {asksAbout.length === 0 ? null : (
        <Confirm
          title="Save what looks like a secret?"
          action="Save it all the same"
          error={save.error}
          busy={save.isPending}
          onConfirm={() => save.mutate(shown)}
          onClose={() => setAsksAbout([])}
        >
          <ul>
            {asksAbout.map(({ line, message }) => (
              <li key={`${line} ${message}`}>{message}</li>
            ))}
          </ul>
        </Confirm>
      )}
      <UnsavedGuard isDirty={isDirty} what="your change of the Helm values" />
    </Section>
  );
};
