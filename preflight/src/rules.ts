import type { Rule } from "./rule.ts";
import { barePod } from "./rules/bare-pod.ts";
import { envDuplicate } from "./rules/env-duplicate.ts";
import { envFromName, envNotUtf8, envNul, envTooLarge } from "./rules/env-value.ts";
import { heldWorkload } from "./rules/held-workload.ts";
import { imagePull } from "./rules/image-pull.ts";
import { jobRandom } from "./rules/job-random.ts";
import { missingKey } from "./rules/missing-key.ts";
import { noRollTrigger } from "./rules/no-roll-trigger.ts";
import { removedKey } from "./rules/removed-key.ts";
import { rollmeMisplaced } from "./rules/rollme-misplaced.ts";
import { secretRendered } from "./rules/secret-rendered.ts";
import { subPath } from "./rules/sub-path.ts";
import { unusedKeys } from "./rules/unused-keys.ts";

/** Every rule: one line each. */
export const rules: readonly Rule[] = [
  missingKey,
  secretRendered,
  rollmeMisplaced,
  envNul,
  envTooLarge,
  envNotUtf8,
  imagePull,
  envDuplicate,
  jobRandom,
  noRollTrigger,
  envFromName,
  heldWorkload,
  barePod,
  subPath,
  removedKey,
  unusedKeys,
];
