import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { KeyrollError } from "@keyroll/contract/errors";
import { createClient } from "@keyroll/sdk";
import type { Verb } from "../command.ts";
import { checkUrl, version } from "../context.ts";
import { readProfile, writeProfile } from "../profile.ts";

/** The device flow: a code here, a confirmation in the browser, a token in the profile. */
export const login: Verb = (command, act) => {
  command
    .argument("[url]", "address of the server")
    .description(
      "Sign in: prints a code, and the browser confirms it. The token is kept in your profile, readable by you only.",
    )
    .action(
      act(async (context, given: string | undefined) => {
        const url = given === undefined ? (await context.server()).url : checkUrl(given);
        const client = createClient({ url, userAgent: `keyroll/${version}` });
        const { setUp } = await client.call("access.me");
        if (!setUp) {
          throw new KeyrollError("not_signed_in", `${url} has no Administrator yet.`, {
            next: "Open the set-up link that the server has printed, then sign in again.",
          });
        }
        const flow = await client.call("access.device", { body: { client: `keyroll on ${hostname()}`.slice(0, 100) } });
        context.say(`Open ${flow.verificationUrl}`);
        context.say(`and confirm the code ${flow.userCode}. Waiting…`);
        const end = Date.now() + flow.expiresIn * 1000;
        while (Date.now() < end) {
          await pause(flow.interval * 1000);
          const { state, token } = await client.call("access.deviceToken", { body: { deviceCode: flow.deviceCode } });
          if (state === "denied")
            throw new KeyrollError("not_allowed", "The code was refused in the browser.", { next: "Nothing to do." });
          if (state === "expired") break;
          if (token === null) continue;
          const profile = await readProfile(context.env);
          await writeProfile(context.env, { current: url, servers: { ...profile.servers, [url]: { token } } });
          const { me } = await createClient({ url, token }).call("access.me");
          if (context.globals.json === true) context.json({ url, name: me?.name ?? null });
          context.say(`Signed in at ${url} as ${me?.name ?? "?"}.`);
          return;
        }
        throw new KeyrollError("not_signed_in", "The code has expired without a confirmation.", {
          next: "Begin again: `keyroll login`.",
        });
      }),
    );
};
