import { allKeys, env, rolled, rollme, workload } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("env-nul");

const facts = (nul: boolean, utf8: boolean, bytes = 3) => ({ keys: new Map([["A", { bytes, nul, utf8 }]]) });
const mounted = workload({
  container: "volumeMounts: [{name: v, mountPath: /v}]",
  pod: "volumes: [{name: v, secret: {secretName: app-secrets}}]",
  annotations: rollme,
});

says("by name", rolled(env("A")), "error main A", facts(true, true));
says("all keys", rolled(allKeys), "error main A", facts(true, true));
silent("as a file", mounted, facts(true, true));
