import { rollout } from "./argo.ts";
import { daemonSet, deployment, statefulSet } from "./apps.ts";
import { cronJob } from "./cron-job.ts";
import type { Kind } from "./kind.ts";
import { service } from "./knative.ts";
import { advancedDaemonSet, advancedStatefulSet, cloneSet } from "./kruise.ts";

/** What Kubernetes itself brings: an identity must be allowed to read all of it. */
export const ownKinds: readonly Kind[] = [deployment, statefulSet, daemonSet, cronJob];

/** What comes with a CRD: read where it is there and where the identity may. */
export const addedKinds: readonly Kind[] = [rollout, service, cloneSet, advancedStatefulSet, advancedDaemonSet];

export const listOf = ({ plural, group }: Kind): string => (group.includes(".") ? `${plural}.${group}` : plural);

export const pathOf = ({ group, version, plural }: Kind, namespace: string): string =>
  `/apis/${group}/${version}/namespaces/${namespace}/${plural}`;
