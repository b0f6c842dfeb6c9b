import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Option } from "commander";
import { KeyrollError } from "@keyroll/contract/errors";
import { collect, type Verb } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settingsOf, withConsent } from "./store-settings.ts";

interface Options {
  readonly cluster: "process" | "kubernetes";
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly inCluster?: boolean;
  readonly eks?: string;
  readonly eksRegion?: string;
  readonly eksRole?: string;
  readonly eksExternalId?: string;
  readonly helmKubeconfig?: string;
  readonly cloudCluster?: string;
  readonly store: string;
  readonly set?: readonly string[];
}

const kubeconfigOf = async (context: Context, options: Options): Promise<string> => {
  const variable = context.env["KUBECONFIG"] ?? "";
  const path = options.kubeconfig ?? (variable.includes(":") ? "" : variable);
  if (path === "") {
    throw new KeyrollError("bad_request", "Which cluster?", {
      field: "kubeconfig",
      next: "Give --kubeconfig FILE (or - for standard input), --in-cluster, --eks NAME, or set KUBECONFIG to one file.",
    });
  }
  if (path === "-") return new TextDecoder().decode(await context.read());
  if (options.kubeconfig === undefined) context.say(`Using ${path} (KUBECONFIG).`);
  return await readFile(resolve(context.cwd, path), "utf8");
};

const eksOf = (name: string, { eksRegion, eksRole, eksExternalId }: Options) => {
  if (eksRegion === undefined)
    throw new KeyrollError("bad_request", `In which Region is the EKS cluster ${name}?`, {
      field: "eks-region",
      next: "Give --eks-region, such as eu-west-1.",
    });
  return {
    kind: "eks",
    clusterName: name,
    region: eksRegion,
    ...(eksRole === undefined ? {} : { roleArn: eksRole }),
    ...(eksExternalId === undefined ? {} : { externalId: eksExternalId }),
  } as const;
};

/** What belongs to another way to the cluster would be left out without a word. */
const refuseElsewhere = (options: Options): void => {
  const { cluster, inCluster, eks, kubeconfig, context, helmKubeconfig, cloudCluster } = options;
  const ways = [inCluster === true ? "--in-cluster" : "", eks === undefined ? "" : "--eks"].filter((way) => way !== "");
  const ofKubeconfig = { kubeconfig, context, "helm-kubeconfig": helmKubeconfig, "cloud-cluster": cloudCluster };
  const { eksRegion, eksRole, eksExternalId } = options;
  const ofEks = { "eks-region": eksRegion, "eks-role": eksRole, "eks-external-id": eksExternalId };
  const refuse = (field: string, why: string, next: string): never => {
    throw new KeyrollError("bad_request", why, { field, next });
  };
  if (cluster === "process" && ways[0] !== undefined)
    refuse("cluster", `${ways[0]} goes with --cluster kubernetes.`, "Give that, or leave it out.");
  if (ways.length > 1) refuse("cluster", "--in-cluster and --eks are two clusters.", "Give one of them.");
  for (const [field, given] of Object.entries(ofKubeconfig))
    if (given !== undefined && (cluster === "process" || ways.length > 0))
      refuse(
        field,
        `--${field} goes with a kubeconfig.`,
        "Give --cluster kubernetes and --kubeconfig FILE, or leave it out.",
      );
  for (const [field, given] of Object.entries(ofEks))
    if (given !== undefined && eks === undefined)
      refuse(
        field,
        `--${field} goes with an EKS cluster.`,
        "Give --cluster kubernetes and --eks NAME, or leave it out.",
      );
};

export const create: Verb = (command, act) => {
  command
    .argument("<name>")
    .addOption(
      new Option("--cluster <kind>", "where the app runs").choices(["process", "kubernetes"]).makeOptionMandatory(),
    )
    .option("--kubeconfig <file>", "credentials of the cluster, inline; kept encrypted on the server")
    .option("--context <name>", "a context of the kubeconfig")
    .option("--in-cluster", "the cluster that the server itself runs in")
    .option("--eks <name>", "an EKS cluster, by its name")
    .option("--eks-region <region>", "the cluster's AWS Region")
    .option("--eks-role <arn>", "IAM role that the server assumes for the cluster")
    .option("--eks-external-id <id>", "what that role's trust policy asks for")
    .option("--helm-kubeconfig <file>", "a second identity that only Helm uses")
    .option(
      "--cloud-cluster <name>",
      "what GKE or AKS calls the cluster of the kubeconfig, so that a check can ask there how it keeps Secrets",
    )
    .option("--store <kind>", "where values are kept", "local")
    .option("--set <key=value>", "a setting of the store; repeat it", collect)
    .action(
      act(async (context, name: string, options: Options) => {
        const client = await context.client();
        refuseElsewhere(options);
        const cluster =
          options.cluster === "process"
            ? ({ kind: "process" } as const)
            : options.inCluster === true
              ? ({ kind: "in-cluster" } as const)
              : options.eks !== undefined
                ? eksOf(options.eks, options)
                : ({
                    kind: "kubernetes",
                    kubeconfig: await kubeconfigOf(context, options),
                    ...(options.context === undefined ? {} : { context: options.context }),
                    ...(options.helmKubeconfig === undefined
                      ? {}
                      : { helmKubeconfig: await readFile(resolve(context.cwd, options.helmKubeconfig), "utf8") }),
                    ...(options.cloudCluster === undefined ? {} : { cloudCluster: options.cloudCluster }),
                  } as const);
        const store = { kind: options.store, settings: settingsOf(options.set ?? []) };
        const made = await withConsent(
          context,
          async (acceptCost) => await client.call("connections.create", { body: { name, cluster, store, acceptCost } }),
        );
        if (made === null) return 6;
        const { connection } = made;
        if (context.globals.json === true) context.json({ connection });
        context.say(`Made the connection ${name}.`);
        if (connection.cluster.kind === "kubernetes") {
          if (connection.cluster.ignored.length > 0)
            context.say(`Not taken from the kubeconfig: ${connection.cluster.ignored.join(", ")}.`);
          context.say(`Next: \`keyroll connection check ${name} --namespace NS\` tries its rights.`);
        }
        return 0;
      }),
    );
};
