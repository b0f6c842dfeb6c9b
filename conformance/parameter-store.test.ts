import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
  SSMServiceException,
} from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { program, startParameterStore, type ParameterStore } from "../e2e/harness/parameter-store.ts";

/** One emulator and a path in it that nobody else uses. */
interface Site {
  readonly emulator: ParameterStore;
  readonly client: SSMClient;
  readonly path: string;
  put(key: string, value: string, more?: { Overwrite?: boolean; Tier?: "Advanced" }): Promise<number | undefined>;
}

let sites = 0;
const siteOf = (emulator: ParameterStore): Site => {
  sites += 1;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new SSMClient({ region: "eu-west-1", endpoint: emulator.url, credentials, maxAttempts: 1 });
  const path = `/fake-${process.pid}/${sites}`;
  return {
    emulator,
    client,
    path,
    put: async (key, value, more = {}) => {
      const input = { Name: `${path}/${key}`, Value: value, Type: "SecureString", ...more } as const;
      return (await client.send(new PutParameterCommand(input))).Version;
    },
  };
};

/** The name of the refusal; `accepted` without one, `lost` without an answer. */
const answerOf = async (call: Promise<unknown>): Promise<string> =>
  await call.then(
    () => "accepted",
    (error: unknown) => (error instanceof SSMServiceException ? error.name : "lost"),
  );
const names = (path: string, count: number) => Array.from({ length: count }, (_, i) => `${path}/K${i}`);

/** What the service does, by the name that the emulator's lines carry. */
const rules: Readonly<Record<string, (site: Site) => Promise<void>>> = {
  sizes: async ({ put }) => {
    const sizes = [
      ["x".repeat(4096), "accepted"],
      ["x".repeat(4097), "ValidationException"],
      // 4098 bytes in 2049 characters.
      ["é".repeat(2049), "ValidationException"],
    ] as const;
    for (const [value, expected] of sizes) expect(await answerOf(put(`S${value.length}`, value))).toBe(expected);
    expect(await answerOf(put("ADVANCED", "x".repeat(8192), { Tier: "Advanced" }))).toBe("accepted");
    expect(await answerOf(put("LARGER", "x".repeat(8193), { Tier: "Advanced" }))).toBe("ValidationException");
    // Before the tier is looked at.
    await expect(put("HUGE", "x".repeat(32_769))).rejects.toThrow("less than or equal to 32768");
  },
  tiers: async ({ client, path, put }) => {
    await put("A", "x", { Tier: "Advanced" });
    const back = { Name: `${path}/A`, Value: "x", Overwrite: true, Tier: "Standard" } as const;
    expect(await answerOf(client.send(new PutParameterCommand(back)))).toBe("ValidationException");
  },
  "empty value": async ({ put }) => {
    expect(await answerOf(put("A", ""))).toBe("ValidationException");
  },
  nesting: async ({ put }) => {
    expect(await answerOf(put("A", "a{{ssm:x}}b"))).toBe("ValidationException");
    expect(await answerOf(put("A", "a{{b"))).toBe("accepted");
  },
  names: async ({ client, path, put }) => {
    for (const key of ["a b", "ä", "a//b", "a/", "n".repeat(1011)])
      expect(await answerOf(put(key, "x")), key.slice(0, 9)).toBe("ValidationException");
    const deep = `d${"/d".repeat(20)}`;
    expect(await answerOf(put(deep, "x"))).toMatch(/^HierarchyLevelLimitExceeded/u);
    for (const [name, expected] of [
      ["/aws/x", "AccessDeniedException"],
      ["SSM-x", "ValidationException"],
      [`${path}/AWS_REGION`, "accepted"],
    ])
      expect(await answerOf(client.send(new PutParameterCommand({ Name: name, Value: "x", Type: "String" })))).toBe(
        expected,
      );
  },
  batches: async ({ client, path }) => {
    const asked = [
      client.send(new GetParametersCommand({ Names: names(path, 11) })),
      client.send(new DeleteParametersCommand({ Names: names(path, 11) })),
      client.send(new GetParametersByPathCommand({ Path: path, MaxResults: 11 })),
      client.send(new GetParameterHistoryCommand({ Name: `${path}/A`, MaxResults: 51 })),
    ];
    expect(await Promise.all(asked.map(answerOf))).toEqual(Array(4).fill("ValidationException"));
    expect(await answerOf(client.send(new GetParametersCommand({ Names: names(path, 10) })))).toBe("accepted");
    expect(await answerOf(client.send(new DeleteParametersCommand({ Names: names(path, 10) })))).toBe("accepted");
  },
  eviction: async ({ client, path, put }) => {
    for (let n = 1; n <= 101; n++) expect(await put("A", `v${n}`, { Overwrite: true })).toBe(n);
    const one = async (version: number) =>
      await answerOf(client.send(new GetParameterCommand({ Name: `${path}/A:${version}` })));
    expect([await one(1), await one(2), await one(101)]).toEqual(["ParameterVersionNotFound", "accepted", "accepted"]);
  },
  labels: async ({ client, path, put }) => {
    const label = async (ParameterVersion: number) =>
      await client.send(new LabelParameterVersionCommand({ Name: `${path}/A`, ParameterVersion, Labels: ["pin"] }));
    for (let n = 1; n <= 100; n++) await put("A", `v${n}`, { Overwrite: true });
    await label(1);
    await expect(put("A", "next", { Overwrite: true })).rejects.toMatchObject({
      name: "ParameterMaxVersionLimitExceeded",
      message: expect.stringContaining("Version 1, the oldest"),
    });
    const pinned = new GetParameterCommand({ Name: `${path}/A:pin`, WithDecryption: true });
    expect((await client.send(pinned)).Parameter?.Value).toBe("v1");
    await label(50);
    expect((await client.send(pinned)).Parameter?.Value).toBe("v50");
    expect(await put("A", "next", { Overwrite: true })).toBe(101);
  },
  restart: async ({ client, path, put }) => {
    await put("A", "1");
    await put("A", "2", { Overwrite: true });
    const { DeletedParameters, InvalidParameters } = await client.send(
      new DeleteParametersCommand({ Names: [`${path}/A`, `${path}/NONE`] }),
    );
    expect([DeletedParameters, InvalidParameters]).toEqual([[`${path}/A`], [`${path}/NONE`]]);
    expect(await answerOf(client.send(new GetParameterCommand({ Name: `${path}/A` })))).toBe("ParameterNotFound");
    expect(await put("A", "again")).toBe(1);
  },
  buckets: async ({ emulator, client, path, put }) => {
    await emulator.config({ throttle: true, rates: { put: 0.001, get: 0.001 }, bursts: { put: 3, get: 2 } });
    const puts = await Promise.all(Array.from({ length: 5 }, async (_, i) => await answerOf(put(`K${i}`, "x"))));
    expect(puts.toSorted()).toEqual([...Array(2).fill("ThrottlingException"), ...Array(3).fill("accepted")].toSorted());
    // The reads have one bucket of their own, which they share.
    const reads = [
      client.send(new GetParametersCommand({ Names: names(path, 1) })),
      client.send(new GetParametersByPathCommand({ Path: path })),
      client.send(new GetParameterHistoryCommand({ Name: `${path}/K0` })),
    ];
    const answers = await Promise.all(reads.map(answerOf));
    expect(answers.filter((answer) => answer === "ThrottlingException")).toHaveLength(1);
  },
  "one update at a time": async ({ emulator, put }) => {
    // Held until the rules are replaced.
    await emulator.faults([{ action: "PutParameter", name: "/A", do: "delay", ms: 60_000 }]);
    const first = answerOf(put("A", "1", { Overwrite: true }));
    await expect.poll(async () => (await emulator.log()).actions.PutParameter?.faulted).toBe(1);
    const second = await Promise.all([put("A", "2", { Overwrite: true }), put("B", "2")].map(answerOf));
    await emulator.faults([]);
    expect([...second, await first]).toEqual(["TooManyUpdates", "accepted", "accepted"]);
    expect(await put("A", "3", { Overwrite: true })).toBe(2);
  },
  "short pages": async ({ emulator, client, path, put }) => {
    await emulator.config({ shortPages: true });
    for (let i = 0; i < 7; i++) await put(`K${i}`, "x");
    const pages: number[] = [];
    let next: string | undefined;
    do {
      const page = await client.send(
        new GetParametersByPathCommand({ Path: path, ...(next === undefined ? {} : { NextToken: next }) }),
      );
      pages.push(page.Parameters?.length ?? 0);
      next = page.NextToken;
    } while (next !== undefined);
    // Empty ones with a token as well.
    expect(pages).toEqual([0, 3, 3, 1]);
  },
  "lost calls": async ({ emulator, put }) => {
    await emulator.faults([{ action: "PutParameter", do: "drop-before" }]);
    expect(await answerOf(put("A", "1"))).toBe("lost");
    expect(await put("A", "2")).toBe(1);
  },
  "lost replies": async ({ emulator, put }) => {
    await emulator.faults([{ action: "PutParameter", do: "drop-after" }]);
    expect(await answerOf(put("A", "1"))).toBe("lost");
    expect(await answerOf(put("A", "1"))).toBe("ParameterAlreadyExists");
  },
};

const source = (await readFile(program, "utf8")).split("\n");
/** The lines of the emulator that enforce a rule: [rule, where it stands]. */
const enforcing = source.flatMap((line, i): [string, number][] => {
  const rule = / \/\/ rule: ([a-z ]+)(?::|$)/u.exec(line)?.[1];
  return rule === undefined ? [] : [[rule, i + 1]];
});

test("each rule that the emulator names has a case here, and the other way round", () => {
  expect([...new Set(enforcing.map(([rule]) => rule))].toSorted()).toEqual(Object.keys(rules).toSorted());
});

describe.each([
  ["in memory", "memory"],
  ["in front of moto", undefined],
])("Parameter Store as the emulator shows it, %s", (_, upstream) => {
  let emulator: ParameterStore;
  beforeAll(async () => {
    emulator = await startParameterStore({}, upstream);
  });
  afterAll(() => emulator?.stop());

  test.each(Object.keys(rules))("%s", async (rule) => {
    await emulator.reset();
    await emulator.config({ throttle: false, shortPages: false });
    await expect(rules[rule]?.(siteOf(emulator))).resolves.toBeUndefined();
  });
});

test.each(enforcing)("the case of %s fails without line %i of the emulator", async (rule, line) => {
  const folder = await mkdtemp(join(tmpdir(), "keyroll-rule-"));
  try {
    const copy = join(folder, "without.mjs");
    await writeFile(copy, source.toSpliced(line - 1, 1).join("\n"));
    const emulator = await startParameterStore({}, "memory", copy);
    try {
      const failed = await rules[rule]?.(siteOf(emulator)).then(
        () => false,
        () => true,
      );
      expect(failed).toBe(true);
    } finally {
      emulator.stop();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
