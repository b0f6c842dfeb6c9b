import { KeyrollError, type ErrorCode } from "@keyroll/contract/errors";
import { expect, test } from "vitest";
import type { Clock } from "../../ports/clock.ts";
import type { KubeClient } from "./client.ts";
import { followedLists, readObjects } from "./objects.ts";

/** A cluster that answers lists: with objects, or with what is missing. */
const cluster = (refused: Readonly<Record<string, ErrorCode>>) => {
  const asked: string[] = [];
  let now = 1_000_000;
  const list: KubeClient["list"] = async (path) => {
    const name = path.split("/").at(-1) ?? "";
    const group = path.split("/")[2] ?? "";
    asked.push(`${name}.${group}`);
    const code = refused[group] ?? refused[name];
    if (code !== undefined) throw new KeyrollError(code, "no");
    return [{ metadata: { name } }];
  };
  const clock: Clock = { now: () => now, sleep: async () => undefined };
  return {
    asked,
    reading: { client: { list }, clock },
    pass: (ms: number) => {
      now += ms;
    },
  };
};
const added = (asked: readonly string[]): string[] => asked.filter((one) => /argoproj|knative|kruise/u.test(one));

test("kinds that the cluster lacks, or does not show, are left out, and not asked for again for a minute", async () => {
  const { asked, reading, pass } = cluster({
    "apps.kruise.io": "not_found",
    "serving.knative.dev": "provider_denied",
  });
  const objects = await readObjects("shop", reading);
  expect([...objects.keys()].filter((name) => name.includes("."))).toEqual(["rollouts.argoproj.io"]);
  expect(added(asked)).toHaveLength(5);
  asked.length = 0;
  pass(59_000);
  const { paths, optional } = await followedLists("shop", reading);
  expect(added(asked)).toEqual(["rollouts.argoproj.io"]);
  expect([...optional]).toEqual(["rollouts.argoproj.io"]);
  expect(paths.get("rollouts.argoproj.io")).toBe("/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts");
  asked.length = 0;
  pass(2000);
  await readObjects("shop", reading);
  expect(added(asked)).toHaveLength(5);
});

test("another namespace is another question, and what else goes wrong is said", async () => {
  const denied = cluster({ "argoproj.io": "provider_denied" });
  await readObjects("shop", denied.reading);
  denied.asked.length = 0;
  await readObjects("other", denied.reading);
  expect(denied.asked).toContain("rollouts.argoproj.io");
  const away = cluster({ "argoproj.io": "provider_unreachable" });
  await expect(readObjects("shop", away.reading)).rejects.toMatchObject({ code: "provider_unreachable" });
  const narrow = cluster({ pods: "provider_denied" });
  await expect(readObjects("shop", narrow.reading)).rejects.toMatchObject({ code: "provider_denied" });
});
