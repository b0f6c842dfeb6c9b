import { collect, type Verb } from "../../command.ts";
import { settingsOf, withConsent } from "./store-settings.ts";

interface Options {
  readonly set?: readonly string[];
}

export const set: Verb = (command, act) => {
  command
    .argument("<name>")
    .option("--set <key=value>", "a setting of the store; repeat it; `key=` goes back to what is usual", collect)
    .action(
      act(async (context, name: string, options: Options) => {
        const given = settingsOf(options.set ?? []);
        const client = await context.client();
        const params = { connection: name };
        const { store } = (await client.call("connections.get", { params })).connection;
        const settings = Object.fromEntries(
          Object.entries({ ...store.settings, ...given }).flatMap(([key, value]) =>
            value === "" || (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean")
              ? []
              : [[key, value] as const],
          ),
        );
        const changed = await withConsent(
          context,
          async (acceptCost) =>
            await client.call("connections.update", {
              params,
              body: { store: { kind: store.kind, settings }, acceptCost },
            }),
        );
        if (changed === null) return 6;
        if (context.globals.json === true) context.json({ connection: changed.connection });
        context.say(`Changed the connection ${name}. Try its rights: \`keyroll connection check ${name}\`.`);
        return 0;
      }),
    );
};
