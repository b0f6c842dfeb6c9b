import { KeyrollError } from "@keyroll/contract/errors";
import type { PairsFormat, Value } from "@keyroll/pairs";
import { useEffect, useMemo, useState } from "react";
import { client } from "../../client.ts";
import type { Drafts, SavedKeys } from "../../drafts/draft.ts";
import { applyImport, previewImport } from "../../drafts/import.ts";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Checkbox, Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";
import { ImportTable } from "./import-table.tsx";
import { usePlace } from "./place.ts";
import { valueOfReply } from "./reveal.ts";
import { unlearned } from "./secret-input.tsx";
import { Words } from "../../ui/words.tsx";
import { useAfterPaint } from "../../ui/use-after-paint.ts";

interface ImportProps {
  readonly text: string;
  readonly fileName: string | null;
  readonly drafts: Drafts;
  readonly saved: SavedKeys;
  /** Opens the import of a path, where the store's account has such paths; else null. */
  readonly onPath: (() => void) | null;
  readonly onClose: () => void;
}

/** A first guess; the person can say otherwise. */
const formatOf = (text: string, fileName: string | null): PairsFormat | null => {
  if (fileName !== null && /\.ya?ml$/iu.test(fileName)) return "yaml";
  if (fileName !== null && /\.json$/iu.test(fileName)) return "json";
  const first = text.split(/\r?\n/u).find((line) => line.trim() !== "" && !/^\s*#/u.test(line)) ?? "";
  return /^[\w.-]+:(?:\s|$)/u.test(first) ? "yaml" : null;
};

/** The parser of YAML, once it is there: it is loaded when somebody needs it. */
const useYaml = (isWanted: boolean) => {
  const [parse, setParse] = useState<{ readonly run: (text: string) => unknown } | null>(null);
  const [isMissing, setIsMissing] = useState(false);
  useEffect(() => {
    if (!isWanted || isMissing || parse !== null) return;
    import("./yaml.ts").then(
      ({ parseYaml }) => setParse({ run: parseYaml }),
      () => setIsMissing(true),
    );
  }, [isWanted, isMissing, parse]);
  return { yaml: parse?.run ?? null, isMissing, again: () => setIsMissing(false) };
};

const noParser = new KeyrollError("unavailable", "The parser of YAML cannot be loaded.", {
  next: "Try again. If it stays away, Keyroll may have been updated: copy the text, save what you have and load the page again.",
});

const notThere = (): never => {
  throw new Error("The parser of YAML is not there yet.");
};

/** What a text of pairs would do, before any of it becomes a draft. Nothing of it leaves the page. */
export const ImportDialog = ({ text: given, fileName, drafts, saved, onPath, onClose }: ImportProps) => {
  const { app, env, drafts: store, passDoor } = usePlace();
  const [text, setText] = useState(given);
  const [format, setFormat] = useState(() => formatOf(given, fileName));
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [isReplacing, setIsReplacing] = useState(false);
  const [known, setKnown] = useState<ReadonlyMap<string, Value>>(new Map());
  const [error, setError] = useState<unknown>(null);
  const { yaml, isMissing, again } = useYaml(format === "yaml");
  const read = useAfterPaint(text);
  const preview = useMemo(
    () => previewImport(read, { format: format ?? undefined, yaml: yaml ?? notThere, drafts, saved, known }),
    [read, format, yaml, drafts, saved, known],
  );
  /** What would be taken is not yet what is typed. */
  const isBehind = read !== text;
  const isWaiting = format === "yaml" && yaml === null;
  const chosen = preview.rows.filter(({ key, status }) => !left.has(key) && status !== "same");
  const unsure = preview.rows.filter(({ status }) => status === "set").map(({ key }) => key);
  const missing = isReplacing ? preview.missing : [];
  const total = chosen.length + missing.length;
  const compare = (): void =>
    passDoor({
      what: `Compare ${unsure.length} values`,
      go: async (reason) => {
        const body = { of: "saved", only: unsure, purpose: "edit", ...reason } as const;
        const { values } = await client.call("secrets.bundle", { params: { app, env }, body });
        setKnown(new Map(Object.entries(values).map(([key, value]) => [key, valueOfReply(value)])));
      },
      onFail: setError,
    });
  const take = (): void => {
    const what = `import ${total} ${total === 1 ? "key" : "keys"}`;
    store.edit(what, (all) => applyImport(all, saved, chosen, missing));
    say(`${total} ${total === 1 ? "key is a draft" : "keys are drafts"} now.`, store.takeBack());
    onClose();
  };
  return (
    <Dialog title={fileName === null ? "Paste pairs" : `Import ${fileName}`} onClose={onClose} wide>
      <Form
        className="stack tight"
        autoComplete="off"
        reason={isWaiting || isBehind || total === 0 ? "There is nothing to take." : null}
        onSubmit={take}
      >
        <div className="row top">
          <label className="field grow">
            <span className="legend">Text</span>
            <textarea
              {...unlearned}
              className={`input code ${preview.rows.length > 0 ? "masked import-text" : ""}`}
              rows={preview.rows.length > 0 ? 2 : 8}
              wrap="off"
              placeholder={"DATABASE_URL=postgres://…\nLOG_LEVEL=info"}
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                if (text === "") setFormat(formatOf(event.target.value, null));
              }}
              {...(given === "" ? { "data-first": true } : {})}
            />
          </label>
          <Select
            label="Format"
            value={format ?? preview.format}
            options={[
              { value: "dotenv", label: ".env" },
              { value: "json", label: "JSON" },
              { value: "yaml", label: "YAML" },
            ]}
            onChange={({ target: { value } }) =>
              setFormat(value === "json" || value === "yaml" || value === "dotenv" ? value : null)
            }
          />
        </div>
        {onPath === null || text !== "" ? null : (
          <p>
            <Button small onClick={onPath}>
              From a path of AWS Parameter Store
            </Button>{" "}
            <span className="quiet small">The server reads it; no value comes into this page.</span>
          </p>
        )}
        {!isWaiting ? null : isMissing ? (
          <Problem error={noParser} retry={again} />
        ) : (
          <p role="status">Loading the parser of YAML…</p>
        )}
        {isWaiting || text === "" ? null : (
          <>
            <p role="status" className="dots">
              {(["new", "changed", "set", "same"] as const)
                .map((status) => [status, preview.rows.filter((row) => row.status === status).length] as const)
                .filter(([, count]) => count > 0)
                .map(([status, count]) => (
                  <span key={status}>
                    {count} {status === "set" ? "set, of the same size" : status}
                  </span>
                ))}
              <span>{preview.errors.length} invalid</span>
            </p>
            {preview.notices.map((notice) => (
              <p className="row-note" key={notice.id}>
                In the whole text, <Words text={notice.message} />.
              </p>
            ))}
            {preview.errors.length === 0 ? null : (
              <ul className="import-errors" aria-label="Lines that are not taken">
                {preview.errors.map(({ line, id, message }) => (
                  <li key={`${line}${id}${message}`} className="row-problem">
                    <Words text={message} />
                  </li>
                ))}
              </ul>
            )}
            <ImportTable rows={preview.rows} choice={{ left, onLeave: setLeft }} />
            {unsure.length === 0 ? null : (
              <p>
                <Button small onClick={compare}>
                  Compare {unsure.length} with the saved values
                </Button>{" "}
                <span className="quiet small">Recorded as an export of these keys.</span>
              </p>
            )}
            {preview.missing.length === 0 ? null : (
              <div>
                <Checkbox
                  label="Replace: remove what the text does not have"
                  checked={isReplacing}
                  onChange={(event) => setIsReplacing(event.target.checked)}
                />
                {isReplacing ? (
                  <p className="row-problem">
                    Would be removed:{" "}
                    {preview.missing.map((key) => (
                      <code key={key}>{key} </code>
                    ))}
                  </p>
                ) : null}
              </div>
            )}
          </>
        )}
        {error === null ? null : <Problem error={error} />}
        <div className="form-end">
          <Button submit kind="main" {...(given === "" ? {} : { "data-first": true })}>
            {total === 0 ? "Make drafts" : `Make ${total} ${total === 1 ? "draft" : "drafts"}`}
          </Button>
          <Cancel />
          <span className="quiet small">Values stay in this page until you save.</span>
        </div>
      </Form>
    </Dialog>
  );
};
