import { expect, test } from "vitest";
import { signer } from "../../../../../e2e/harness/identity.ts";
import { systemClock } from "../../clock/system.ts";
import { loginRefused } from "./login-refusal.ts";

const denied = { status: 403, body: { errors: ["permission denied"] } };
const refused = (jwt: string) =>
  loginRefused("vault:8200", "auth/kubernetes/login", denied, {
    role: "keyroll",
    proof: { jwt, file: "/run/token" },
    now: systemClock.now(),
  });

test("a server that does not say why: a token that is over by its own words is said to be, and nothing of it is told", () => {
  const over = signer().token({ sub: "keyroll" }, -400);
  expect(refused(over).message).toBe(
    "vault:8200 does not let the server sign in as `keyroll` with the token in /run/token: the token has expired (auth/kubernetes/login, 403).",
  );
  for (const jwt of [signer().token({ sub: "keyroll" }), "a.b.c", `a.${btoa('{"exp":"soon"}')}.c`]) {
    expect(refused(jwt).message).toBe(
      "vault:8200 does not let the server sign in as `keyroll` with the token in /run/token (auth/kubernetes/login, 403).",
    );
    expect(refused(jwt).next).toContain("`authMount` and `role`");
  }
});
