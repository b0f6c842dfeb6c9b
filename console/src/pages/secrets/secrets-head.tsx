import { limits } from "@keyroll/pairs";
import type { Environment, Status } from "../../client.ts";
import { sizeText } from "../../drafts/value-notes.ts";
import { Icon } from "../../ui/icon.tsx";
import { Meter } from "../../ui/state.tsx";

interface HeadProps {
  readonly environment: Environment;
  readonly status: Status | undefined;
  readonly pairs: number;
  readonly totalBytes: number;
}

const mirrorWords = ({ environment, status }: Pick<HeadProps, "environment" | "status">): string | null => {
  if (environment.secretName === null || status === undefined) return null;
  const { mirror } = status;
  if (mirror === null || !mirror.exists) return `${environment.secretName} is not in the cluster yet`;
  if (!mirror.ours) return `${environment.secretName} belongs to ${mirror.owner ?? "somebody else"}`;
  return `${environment.secretName} has revision ${status.inCluster ?? "?"}`;
};

/** Where the values lie, and how much of the limits is used, drafts included. */
export const SecretsHead = ({ environment, status, pairs, totalBytes }: HeadProps) => (
  <div className="secrets-head">
    <span className="secrets-store">
      <Icon name="lock" />
      <span className="dots">
        <span>{environment.store.label}</span>
        {mirrorWords({ environment, status }) === null ? null : <span>{mirrorWords({ environment, status })}</span>}
      </span>
    </span>
    <span className="row">
      <Meter label="Pairs" value={pairs} most={limits.pairs} text={`${pairs} of ${limits.pairs}`} />
      <Meter label="Bytes" value={totalBytes} most={limits.totalBytes} text={`${sizeText(totalBytes)} of 1 MiB`} />
    </span>
  </div>
);
