import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { client, keys } from "../../client.ts";
import { Button } from "../../ui/button.tsx";
import { Problem } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";
import { chartBody, chosenFiles, droppedFiles, type ChartFile } from "./chart-files.ts";
import { PullRelease } from "./pull-release.tsx";
import "./push-release.css";

/** A chart: dropped or chosen as a folder or a .tgz, or pulled from a registry. */
export const PushRelease = ({ app }: { readonly app: string }) => {
  const queries = useQueryClient();
  const [isOver, setIsOver] = useState(false);
  const [isPulling, setIsPulling] = useState(false);
  const archive = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const push = useMutation({
    mutationFn: async (files: Promise<ChartFile[]>) =>
      await client.call("releases.push", { params: { app }, body: await chartBody(await files) }),
    onSuccess: async ({ release, created }) => {
      say(
        created
          ? `${release.chart} ${release.version} is pushed.`
          : `${release.chart} ${release.version} was there already.`,
      );
      await queries.invalidateQueries({ queryKey: keys.releases(app) });
    },
  });
  const take = (input: HTMLInputElement): void => {
    if (input.files !== null && input.files.length > 0) push.mutate(Promise.resolve(chosenFiles(input.files)));
    input.value = "";
  };
  return (
    <div className="stack tight">
      <section
        className={`drop no-print${isOver ? " over" : ""}`}
        aria-label="New release"
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(true);
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setIsOver(false);
          push.mutate(droppedFiles(event.dataTransfer.items));
        }}
      >
        <span>Drop a chart here, its folder or a .tgz, or</span>
        <Button small icon="upload" busy={push.isPending} onClick={() => archive.current?.click()}>
          Choose a .tgz
        </Button>
        <Button small busy={push.isPending} onClick={() => folder.current?.click()}>
          Choose a folder
        </Button>
        <Button small onClick={() => setIsPulling(true)}>
          From a registry
        </Button>
        <input
          ref={archive}
          type="file"
          accept=".tgz,.tar.gz,application/gzip"
          hidden
          aria-label="Packed chart"
          onChange={(event) => take(event.currentTarget)}
        />
        <input
          ref={folder}
          type="file"
          {...{ webkitdirectory: "" }}
          hidden
          aria-label="Folder of the chart"
          onChange={(event) => take(event.currentTarget)}
        />
      </section>
      {push.error === null ? null : <Problem error={push.error} />}
      {isPulling ? <PullRelease app={app} onClose={() => setIsPulling(false)} /> : null}
    </div>
  );
};
