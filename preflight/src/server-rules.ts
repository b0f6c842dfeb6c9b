import { rightsRule } from "./pass-over.ts";

/** What a server finds beside the rules, of the cluster and of Helm: what it is about, and what to do in spite of it. */
export const serverRules: readonly { readonly id: string; readonly about: string; readonly despite: string }[] = [
  {
    id: rightsRule,
    about:
      "Helm's identity may not write an object of the chart. Half way through a deployment Helm would be refused, and the deployment would go back.",
    despite: `To deploy in spite of an error: keyroll deploy --ignore-preflight ${rightsRule}`,
  },
  {
    id: "field-conflict",
    about:
      "Somebody else has set a field of an object to something else than the chart says. Helm 4 refuses to change such a field.",
    despite: "To take the field from them: keyroll deploy --force-conflicts",
  },
  {
    id: "release-locked",
    about:
      "Helm keeps the release locked: another Helm is at work on it, or died in it. Until it is unlocked, no Helm upgrades it.",
    despite: "What a Helm of Keyroll left is unlocked by the next deployment; helm rollback unlocks the rest.",
  },
  {
    id: "outside-release",
    about:
      "A workload that is no part of the release uses the Secret. Helm does not roll it: it keeps its values until somebody restarts it.",
    despite: "It stops no deployment.",
  },
];
