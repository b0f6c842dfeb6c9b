import type { Verb } from "../command.ts";
import { table } from "../format.ts";

/** Environments that are asked at the same time. */
const together = 8;

export const find: Verb = (command, act) => {
  command
    .argument("<text>", "a part of the key's name; upper and lower case alike")
    .description("Find keys by name in every environment that you may list; never values.")
    .action(
      act(async (context, text: string) => {
        const client = await context.client();
        const places: { app: string; env: string }[] = [];
        for await (const app of client.all("apps.list", {}))
          for await (const env of client.all("environments.list", { params: { app: app.name } }))
            places.push({ app: app.name, env: env.name });
        const found: { app: string; env: string; key: string; state: string; revision: number }[] = [];
        for (let at = 0; at < places.length; at += together) {
          const lists = await Promise.all(
            places
              .slice(at, at + together)
              .map(async (place) => ({ place, list: await client.call("secrets.list", { params: place }) })),
          );
          for (const { place, list } of lists)
            for (const { key, state, revision } of list.secrets)
              if (key.toLowerCase().includes(text.toLowerCase())) found.push({ ...place, key, state, revision });
        }
        if (context.globals.json === true) context.json({ found });
        else if (found.length > 0)
          context.out(
            table(
              ["KEY", "APP", "ENVIRONMENT", "REVISION", "STATE"],
              found.map((one) => [one.key, one.app, one.env, String(one.revision), one.state]),
            ),
          );
        if (found.length > 0) return 0;
        context.say(`No key in ${places.length} environments has \`${text.slice(0, 100)}\` in its name.`);
        return 4;
      }),
    );
};
