import { KeyrollError } from "@keyroll/contract/errors";
import { createClient } from "@keyroll/sdk";
import type { Verb } from "../command.ts";
import { readProfile, writeProfile } from "../profile.ts";

export const logout: Verb = (command, act) => {
  command.description("Revoke this login's token and forget it.").action(
    act(async (context) => {
      const { url } = await context.server();
      const profile = await readProfile(context.env);
      const kept = profile.servers[url];
      if (kept === undefined)
        throw new KeyrollError("not_signed_in", `There is no login at ${url} to end.`, {
          next: "A KEYROLL_TOKEN is revoked with `keyroll token revoke`.",
        });
      // An answer that the token is dead already is as good.
      await createClient({ url, token: kept.token })
        .call("access.logout")
        .catch((error: unknown) => {
          if (!(error instanceof KeyrollError) || error.code !== "not_signed_in") throw error;
        });
      const servers = Object.fromEntries(Object.entries(profile.servers).filter(([one]) => one !== url));
      await writeProfile(context.env, { current: profile.current === url ? null : profile.current, servers });
      context.say(`Signed out at ${url}; the token is revoked.`);
    }),
  );
};
