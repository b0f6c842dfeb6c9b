import { count } from "@keyroll/pairs";
import type { ReactNode } from "react";
import type { Status } from "../../client.ts";
import "./pods.css";

interface FigureProps {
  readonly name: string;
  readonly figure: number | null;
  readonly children: ReactNode;
}

const Figure = ({ name, figure, children }: FigureProps) => (
  <div>
    <dt>{name}</dt>
    <dd>{figure ?? "–"}</dd>
    <dd className="note">{children}</dd>
  </div>
);

const mirrorWords = ({ mirror, inCluster }: Status, secretName: string): string => {
  if (mirror === null && inCluster === null) return "Nothing is deployed yet.";
  if (mirror === null) return "The processes read this deployed revision.";
  if (!mirror.exists) return `There is no Secret ${secretName} yet.`;
  if (!mirror.ours) return `${secretName} belongs to ${mirror.owner ?? "somebody else"}.`;
  return mirror.keys === null ? `${secretName} is there.` : `${secretName} holds ${count(mirror.keys, "key")}.`;
};

const runningWords = ({ running, workloads }: Status): string => {
  if (workloads.every(({ instances }) => instances.length === 0)) return "Nothing that runs reports here.";
  return running === null ? "Not one revision everywhere." : "Proven for every instance.";
};

/** Saved, in the cluster, running: three figures and what each means here. */
export const Figures = ({ status, secretName }: { readonly status: Status; readonly secretName: string }) => (
  <dl className="figures">
    <Figure name="saved" figure={status.saved === 0 ? null : status.saved}>
      {status.saved === 0 ? "No revision is in the store." : "The newest revision in the store."}
    </Figure>
    <Figure name={status.mirror === null ? "deployed" : "in the cluster"} figure={status.inCluster}>
      {mirrorWords(status, secretName)}
    </Figure>
    <Figure name="running" figure={status.running}>
      {runningWords(status)}
    </Figure>
  </dl>
);
