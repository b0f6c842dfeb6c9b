import { beforeEach, expect, test } from "vitest";
import { systemClock } from "../../clock/system.ts";
import { eksToken } from "./eks-token.ts";

let now: number;
const clock = { ...systemClock, now: () => now };

beforeEach(() => {
  now = Date.UTC(2026, 0, 2, 3, 4, 5);
  process.env["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE";
  process.env["AWS_SECRET_ACCESS_KEY"] = "canary-secret-key";
  process.env["AWS_SESSION_TOKEN"] = "session/with+marks=";
});

const questionIn = (token: string): URL =>
  new URL(Buffer.from(token.replace(/^k8s-aws-v1\./u, ""), "base64url").toString());

test("a token asks the STS of the Region who its signer is, and nothing more", async () => {
  const token = await eksToken({ name: "shop", region: "eu-west-1", role: null }, clock)();
  expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/u);
  expect(token.length).toBeLessThan(4096);
  const { origin, pathname, searchParams } = questionIn(token);
  expect([origin, pathname]).toEqual(["https://sts.eu-west-1.amazonaws.com", "/"]);
  const { "X-Amz-Signature": signature, ...rest } = Object.fromEntries(searchParams);
  expect(signature).toMatch(/^[0-9a-f]{64}$/u);
  expect(rest).toEqual({
    Action: "GetCallerIdentity",
    Version: "2011-06-15",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "AKIDEXAMPLE/20260102/eu-west-1/sts/aws4_request",
    "X-Amz-Date": "20260102T030405Z",
    "X-Amz-Expires": "60",
    "X-Amz-Security-Token": "session/with+marks=",
    "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
  });
  expect(Buffer.from(token.split(".")[1]!, "base64url").toString()).not.toContain("canary");
});

test("a token is shared for five minutes, so that ten are left of its fifteen, and not by clusters", async () => {
  const tokens = eksToken({ name: "shop", region: "eu-west-1", role: null }, clock);
  const first = await tokens();
  now += 299_000;
  expect(await tokens()).toBe(first);
  now += 2000;
  const second = await tokens();
  expect(questionIn(second).searchParams.get("X-Amz-Date")).toBe("20260102T030906Z");
  // A clock that was set back makes no token last longer.
  now -= 3_600_000;
  expect(await tokens()).not.toBe(second);
  const other = await eksToken({ name: "other", region: "eu-west-1", role: null }, clock)();
  expect(questionIn(other).searchParams.get("X-Amz-Signature")).not.toBe(
    questionIn(await tokens()).searchParams.get("X-Amz-Signature"),
  );
});

test("China has an address of its own", async () => {
  const token = await eksToken({ name: "shop", region: "cn-north-1", role: null }, clock)();
  expect(questionIn(token).hostname).toBe("sts.cn-north-1.amazonaws.com.cn");
});
