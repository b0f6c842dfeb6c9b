import { expect, test } from "vitest";
import { createEgress } from "../egress/egress.ts";
import { askCloud } from "./ask.ts";

const egress = createEgress({ listensOnLoopback: false, allow: "" });
const question = { path: "/", token: "canary-token", what: "a cluster" };

test("the egress rules hold for a cloud's own address, and not for one of the operator's", async () => {
  const usual = "https://127.0.0.1:9";
  await expect(askCloud({ ...question, usual, given: undefined }, egress)).rejects.toMatchObject({ code: "invalid" });
  await expect(askCloud({ ...question, usual, given: "http://127.0.0.1:9" }, egress)).rejects.toMatchObject({
    code: "provider_unreachable",
    message: "127.0.0.1:9 cannot be reached (ECONNREFUSED): a cluster.",
  });
});
