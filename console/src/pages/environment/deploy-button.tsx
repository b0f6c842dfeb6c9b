import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, keys, type Status } from "../../client.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Problem } from "../../ui/problem.tsx";
import { draftsOf, useUnsaved } from "../../unsaved.ts";

interface DeployProps {
  readonly app: string;
  readonly env: string;
  readonly status: Status | undefined;
}

const reasonOf = (status: Status | undefined): string | null => {
  if (status === undefined) return "The status is not known yet.";
  if (status.saved === 0) return "Nothing is saved yet.";
  if (status.state === "rolling") return "A deployment is running.";
  return null;
};

/** "Deploy 42 (2 drafts not included)": requests a deployment of what is saved. */
export const DeployButton = ({ app, env, status }: DeployProps) => {
  const queries = useQueryClient();
  const drafts = useUnsaved(draftsOf(app, env));
  const [isRefused, setIsRefused] = useState(false);
  const deploy = useMutation({
    mutationFn: async () => await client.call("deployments.request", { params: { app, env }, body: {} }),
    onError: () => setIsRefused(true),
    onSettled: async () => await queries.invalidateQueries({ queryKey: keys.environment(app, env) }),
  });
  const saved = status?.saved ?? 0;
  return (
    <>
      <Button kind="main" reason={reasonOf(status)} busy={deploy.isPending} onClick={() => deploy.mutate()}>
        {saved === 0 ? "Deploy" : `Deploy ${saved}`}
        {drafts === 0 ? "" : ` (${drafts} ${drafts === 1 ? "draft" : "drafts"} not included)`}
      </Button>
      {isRefused ? (
        <Dialog title="Not deployed" onClose={() => setIsRefused(false)}>
          <Problem error={deploy.error} />
        </Dialog>
      ) : null}
    </>
  );
};
