import { printDotenv, printJson, type Problem as PairProblem } from "@keyroll/pairs";
import { useState } from "react";
import { client } from "../../client.ts";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Radios } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";
import { usePlace } from "./place.ts";
import { valueOfReply } from "./reveal.ts";
import { Words } from "../../ui/words.tsx";

type Format = "dotenv" | "json";

const formats: readonly { readonly value: Format; readonly label: string; readonly hint: string }[] = [
  { value: "dotenv", label: ".env", hint: "Read back exactly by dotenv, Docker Compose and shells." },
  { value: "json", label: "JSON", hint: "Holds every value, binary ones as base64." },
];

/** Hands text to the person as a file; nothing of it stays in the page. */
const download = (name: string, text: string): void => {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
};

/** All saved values as a file: needs the right to export, and is recorded. */
export const ExportDialog = ({ keys, onClose }: { readonly keys: number; readonly onClose: () => void }) => {
  const { app, env, passDoor } = usePlace();
  const [format, setFormat] = useState<Format>("dotenv");
  const [refused, setRefused] = useState<readonly PairProblem[]>([]);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const take = async (reason: { readonly reason?: string }): Promise<void> => {
    const body = { of: "saved", purpose: "export", ...reason } as const;
    const { values, revision } = await client.call("secrets.bundle", { params: { app, env }, body });
    const pairs = Object.entries(values).map(([key, value]) => [key, valueOfReply(value)] as const);
    const printed = format === "json" ? { text: printJson(pairs), refused: [] } : printDotenv(pairs);
    setRefused(printed.refused);
    if (printed.refused.length > 0) return;
    download(`${app}-${env}.${format === "json" ? "json" : "env"}`, printed.text);
    say(`${pairs.length} pairs of revision ${revision} are in your downloads.`);
    onClose();
  };
  const run = (): void => {
    setError(null);
    passDoor({
      what: `Export ${keys} values`,
      go: async (reason) => {
        setIsBusy(true);
        await take(reason).finally(() => setIsBusy(false));
      },
      onFail: setError,
    });
  };
  return (
    <Dialog title="Export" onClose={onClose} busy={isBusy}>
      <Form className="stack tight" busy={isBusy} onSubmit={run}>
        <p>
          All {keys} saved values, in clear text, as a file of yours. It is recorded as an export. Drafts are not part
          of it.
        </p>
        <Radios legend="Format" options={formats} value={format} onChange={setFormat} />
        {refused.length === 0 ? null : (
          <div role="alert">
            <p className="row-problem">No file was made: .env cannot hold these.</p>
            <ul>
              {refused.map(({ key, message }) => (
                <li key={key}>
                  <Words text={message} />
                </li>
              ))}
            </ul>
          </div>
        )}
        {error === null ? null : <Problem error={error} />}
        <div className="form-end">
          <Button submit kind="main">
            Export
          </Button>
          <Cancel />
        </div>
      </Form>
    </Dialog>
  );
};
