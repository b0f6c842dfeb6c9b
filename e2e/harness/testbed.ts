import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const folder = fileURLToPath(new URL("../../testbed", import.meta.url));

/** The script that runs the test cluster. */
export const testbedProgram = `${folder}/testbed`;

/** Has the test cluster do something; what it printed. @throws with its words when it fails. */
export const testbed = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(testbedProgram, args)).stdout.trim();

/** A kubeconfig of somebody with rights in one namespace only, which is made if it is not there. */
export const kubeconfigOf = async (user: string, namespace: string, rules = "product.yaml"): Promise<string> =>
  readFileSync(await testbed("user", user, namespace, `${folder}/rbac/${rules}`), "utf8");
