import { expect, test } from "vitest";
import { KeyrollError } from "@keyroll/contract/errors";
import { checkHost, guardedLookup } from "./connect.ts";
import { createEgress } from "./egress.ts";

const egress = createEgress({ listensOnLoopback: true, allow: "" });

test("a name that nobody knows is an answer, and not the end of the process", async () => {
  const url = new URL("https://no-such-host.invalid");
  const said = await new Promise<string | undefined>((done) => {
    guardedLookup(url, egress)(url.hostname, { all: true }, (error) => done(error?.code));
  });
  expect(said).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/u);
  await expect(checkHost(url, egress)).rejects.toThrow(KeyrollError);
  await expect(checkHost(url, egress)).rejects.toMatchObject({ code: "provider_unreachable" });
});

test.each(["[fd00:ec2::254]", "[fd00:ec2::23]", "[fd20:ce::254]", "[::ffff:169.254.169.254]", "169.254.170.23"])(
  "%s, where a cloud hands out credentials, is nobody's cluster or store",
  (address) => {
    const url = new URL(`http://${address}/`);
    expect(() => guardedLookup(url, egress)).toThrow(/is a metadata, link-local or reserved address/u);
  },
);
