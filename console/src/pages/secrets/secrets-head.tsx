import { limits } from "@keyroll/pairs";
import { Link } from "react-router";
import type { Environment, Status } from "../../client.ts";
import { sizeText } from "../../drafts/value-notes.ts";
import { to } from "../../paths.ts";
import { Ago } from "../../ui/ago.tsx";
import { Banner } from "../../ui/banner.tsx";
import { EncryptionState, EncryptionWords } from "../../ui/encryption.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Meter } from "../../ui/state.tsx";
import { DriftBanner } from "../environment/drift-banner.tsx";

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

/** Whether the cluster keeps the Secret encrypted; the connection's page says what that rests on, and what to do. */
const InCluster = ({ environment }: Pick<HeadProps, "environment">) =>
  environment.secretName === null ? null : (
    <span>
      in the cluster: <EncryptionState encryption={environment.encryption} />{" "}
      <Link to={to.connection(environment.connection)} title={environment.encryption?.message}>
        {environment.encryption === null ? "look now" : <Ago at={environment.encryption.checkedAt} />}
      </Link>
    </span>
  );

/** Where the values lie, and how much of the limits is used, drafts included. */
export const SecretsHead = ({ environment, status, pairs, totalBytes }: HeadProps) => (
  <>
    <div className="secrets-head">
      <span className="secrets-store">
        <Icon name="lock" />
        <span className="dots">
          <span>{environment.store.label}</span>
          <InCluster environment={environment} />
          {mirrorWords({ environment, status }) === null ? null : <span>{mirrorWords({ environment, status })}</span>}
        </span>
      </span>
      <span className="row">
        <Meter label="Pairs" value={pairs} most={limits.pairs} text={`${pairs} of ${limits.pairs}`} />
        <Meter label="Bytes" value={totalBytes} most={limits.totalBytes} text={`${sizeText(totalBytes)} of 1 MiB`} />
      </span>
    </div>
    <DriftBanner environment={environment} status={status} />
    {environment.encryption?.state === "not-encrypted" ? (
      <Banner tone="warn" role="none">
        <EncryptionWords encryption={environment.encryption} />
      </Banner>
    ) : null}
  </>
);
