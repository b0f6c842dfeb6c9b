import { lazy, Suspense, useState } from "react";
import type { Environment, Status } from "../../client.ts";
import { useSecrets } from "../../queries.ts";
import { Button } from "../../ui/button.tsx";
import { draftsOf, useUnsaved } from "../../unsaved.ts";

const DeployDialog = lazy(async () => ({
  default: (await import("../deployments/deploy-dialog.tsx")).DeployDialog,
}));

interface DeployProps {
  readonly environment: Environment;
  readonly status: Status | undefined;
  /** Why nothing can be deployed there at all, or null. */
  readonly held: string | null;
}

const reasonOf = (status: Status | undefined): string | null => {
  if (status === undefined) return "The status is not known yet.";
  if (status.saved === 0) return "Nothing is saved yet.";
  if (status.state === "rolling") return "A deployment is running.";
  return null;
};

/** "Deploy 42 (2 drafts not included)": asks what preflight says of what is saved, then deploys it. */
export const DeployButton = ({ environment, status, held }: DeployProps) => {
  const drafts = useUnsaved(draftsOf(environment.app, environment.name));
  const [isOpen, setIsOpen] = useState(false);
  // The list is there before the status is: the button would grow when that comes.
  const list = useSecrets(environment.app, environment.name).data;
  const saved = status?.saved ?? list?.revision ?? 0;
  return (
    <>
      <Button kind="main" reason={held ?? reasonOf(status)} onClick={() => setIsOpen(true)}>
        {saved === 0 ? "Deploy" : `Deploy ${saved}`}
        {drafts === 0 ? "" : ` (${drafts} ${drafts === 1 ? "draft" : "drafts"} not included)`}
      </Button>
      {isOpen && status !== undefined ? (
        <Suspense fallback={null}>
          <DeployDialog
            environment={environment}
            status={status}
            held={held}
            drafts={drafts}
            onClose={() => setIsOpen(false)}
          />
        </Suspense>
      ) : null}
    </>
  );
};
