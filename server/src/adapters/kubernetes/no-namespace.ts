import { KeyrollError } from "@keyroll/contract/errors";

/** Of a namespace that is not there, where nobody has said that Keyroll makes it. */
export const noNamespace = (namespace: string): KeyrollError =>
  new KeyrollError("invalid", `The namespace ${namespace} does not exist.`, {
    field: "namespace",
    next: `Make it: kubectl create namespace ${namespace}; or let Keyroll: keyroll env set --set createNamespace=true`,
    changed: false,
  });
