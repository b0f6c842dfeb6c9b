import { useState } from "react";
import { to } from "../../paths.ts";
import { ButtonLink } from "../../ui/button.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Radios } from "../../ui/field.tsx";

/** The commands that make the environment of a type. */
const commands = {
  helm: [
    "npx keyroll env create prod --app shop --connection kube --kind production --type helm",
    "npx keyroll release push ./chart --app shop",
  ],
  restart: ["npx keyroll env create prod --app shop --connection kube --kind production --type restart"],
  takeover: ["npx keyroll env import prod --app shop --connection kube --kind production -n shop --release shop"],
} as const;

/** Who rolls the app decides the type of its environment. */
const rollers = [
  {
    type: "helm",
    label: "Keyroll",
    hint: "You push the chart; Keyroll runs Helm, writes app-secrets and proves each pod.",
  },
  {
    type: "restart",
    label: "My CI",
    hint: "The pipeline installs the app; Keyroll writes app-secrets, restarts what reads it and proves each pod.",
  },
  {
    type: "restart",
    label: "Argo CD or Flux",
    hint: "Git stays the truth of the app; Keyroll writes app-secrets, which Git must not hold, restarts and proves.",
  },
  {
    type: "takeover",
    label: "It runs already",
    hint: "Keyroll looks at what is there, says what it would make of it, and takes it over without a restart.",
  },
] as const;

/** An app in a cluster; first who rolls it, since that decides what is needed. */
export const ClusterDoor = () => {
  const [chosen, setChosen] = useState<(typeof rollers)[number]["label"]>("Keyroll");
  const { type } = rollers.find(({ label }) => label === chosen) ?? rollers[0];
  return (
    <div className="panel stack tight">
      <h2>An app in a Kubernetes cluster</h2>
      <Radios
        legend="Who rolls the app?"
        options={rollers.map(({ label, hint }) => ({ value: label, label, hint }))}
        value={chosen}
        onChange={setChosen}
      />
      <div>
        <ButtonLink to={to.newConnection(type)} kind="main">
          Connect a cluster
        </ButtonLink>
      </div>
      <details>
        <summary>The same from the command line</summary>
        <CodeBlock
          label="Commands that connect a cluster"
          text={[
            `npx keyroll login ${globalThis.location.origin}`,
            "npx keyroll connection create kube --cluster kubernetes --kubeconfig FILE",
            "npx keyroll app create shop",
            ...commands[type],
          ].join("\n")}
        />
      </details>
    </div>
  );
};
