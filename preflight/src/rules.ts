import type { Rule } from "./rule.ts";
import { barePod } from "./rules/bare-pod.ts";
import { downtime } from "./rules/downtime.ts";
import { envDuplicate } from "./rules/env-duplicate.ts";
import { envNotUtf8 } from "./rules/env-not-utf8.ts";
import { envNul } from "./rules/env-nul.ts";
import { envShadowed } from "./rules/env-shadowed.ts";
import { envTooLarge } from "./rules/env-too-large.ts";
import { envFromName } from "./rules/envfrom-unusable-name.ts";
import { foreignNamespace } from "./rules/foreign-namespace.ts";
import { heldWorkload } from "./rules/held-workload.ts";
import { hpaReplicas } from "./rules/hpa-replicas.ts";
import { imagePull } from "./rules/image-pull.ts";
import { jobRandom } from "./rules/job-random.ts";
import { lookupCopies } from "./rules/lookup-copies.ts";
import { missingKey } from "./rules/missing-key.ts";
import { noRollTrigger } from "./rules/no-roll-trigger.ts";
import { optionalKeyMissing } from "./rules/optional-key-missing.ts";
import { releaseTooLarge } from "./rules/release-too-large.ts";
import { removedKeyInUse } from "./rules/removed-key-in-use.ts";
import { removedKeyNeeded } from "./rules/removed-key-needed.ts";
import { removedKey } from "./rules/removed-key.ts";
import { requiredKeyMissing } from "./rules/required-key-missing.ts";
import { rollmeMisplaced } from "./rules/rollme-misplaced.ts";
import { secretMadeByOperator } from "./rules/secret-made-by-operator.ts";
import { secretMissing } from "./rules/secret-missing.ts";
import { secretNameNear } from "./rules/secret-name-near.ts";
import { secretRendered } from "./rules/secret-rendered.ts";
import { serviceLinkCollision } from "./rules/service-link-collision.ts";
import { subPath } from "./rules/sub-path.ts";
import { unresolvedVariable } from "./rules/unresolved-variable.ts";
import { unusedKeys } from "./rules/unused-keys.ts";

/** Every rule: one line each. Findings of one severity come in this order. */
export const rules: readonly Rule[] = [
  missingKey,
  removedKeyNeeded,
  requiredKeyMissing,
  secretRendered,
  secretMadeByOperator,
  rollmeMisplaced,
  envNul,
  envTooLarge,
  envNotUtf8,
  imagePull,
  envDuplicate,
  jobRandom,
  releaseTooLarge,
  secretMissing,
  optionalKeyMissing,
  secretNameNear,
  foreignNamespace,
  noRollTrigger,
  removedKeyInUse,
  unresolvedVariable,
  envShadowed,
  serviceLinkCollision,
  lookupCopies,
  envFromName,
  heldWorkload,
  barePod,
  downtime,
  hpaReplicas,
  subPath,
  removedKey,
  unusedKeys,
];
