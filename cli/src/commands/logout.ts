import { KeyrollError } from "@keyroll/contract/errors";
import { createClient } from "@keyroll/sdk";
import type { Verb } from "../command.ts";
import { elsewhere, readProfile, writeProfile } from "../profile.ts";

export const logout: Verb = (command, act) => {
  command.description("Revoke this login's token and forget it.").action(
    act(async (context) => {
      const { url } = await context.server();
      const profile = await readProfile(context.env);
      const kept = profile.servers[url];
      if (kept === undefined)
        throw new KeyrollError("not_signed_in", `There is no login at ${url} to end.`, {
          next: ["A KEYROLL_TOKEN is revoked with `keyroll token revoke`.", ...elsewhere(profile)].join(" "),
        });
      // An answer that the token is dead already is as good.
      await createClient({ url, token: kept.token })
        .call("access.logout")
        .catch((error: unknown) => {
          if (!(error instanceof KeyrollError) || error.code !== "not_signed_in") throw error;
        });
      const servers = Object.fromEntries(Object.entries(profile.servers).filter(([one]) => one !== url));
      const left = Object.keys(servers);
      const [only = null] = left.length === 1 ? left : [];
      const current = profile.current === url ? only : profile.current;
      await writeProfile(context.env, { current, servers });
      if (context.globals.json === true) context.json({ url, name: null });
      context.say(`Signed out at ${url}; the token is revoked.`);
      if (profile.current !== url) return;
      if (current !== null) context.say(`Commands go to ${current} from now on.`);
      else for (const line of elsewhere({ servers })) context.say(line);
    }),
  );
};
