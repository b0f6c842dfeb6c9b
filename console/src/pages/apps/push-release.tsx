import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, keys } from "../../client.ts";
import { Button } from "../../ui/button.tsx";
import { Problem } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";
import { ChartButtons } from "./chart-buttons.tsx";
import { chartBody, droppedFiles, type ChartFile } from "./chart-files.ts";
import { PullRelease } from "./pull-release.tsx";
import "./push-release.css";

/** A chart: dropped or chosen as a folder or a .tgz, or pulled from a registry. */
export const PushRelease = ({ app }: { readonly app: string }) => {
  const queries = useQueryClient();
  const [isOver, setIsOver] = useState(false);
  const [isPulling, setIsPulling] = useState(false);
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
        <ChartButtons busy={push.isPending} onChoose={(files) => push.mutate(Promise.resolve(files))} />
        <Button small onClick={() => setIsPulling(true)}>
          From a registry
        </Button>
      </section>
      {push.error === null ? null : <Problem error={push.error} />}
      {isPulling ? <PullRelease app={app} onClose={() => setIsPulling(false)} /> : null}
    </div>
  );
};
