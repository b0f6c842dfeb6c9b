import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Verb } from "../../command.ts";
import { setInYaml } from "../../yaml-set.ts";

export const set: Verb = (command, act) => {
  command
    .argument("[pairs...]", "path=value, as Helm's --set takes them")
    .option("-f, --file <file>", "replace all of them by this YAML file; - reads standard input")
    .description("Save Helm values. They are not secret: they lie in the database and in the Helm release.")
    .action(
      act(async (context, pairs: readonly string[], options: { readonly file?: string }) => {
        if ((options.file === undefined) === (pairs.length === 0))
          throw new KeyrollError("bad_request", "Give either -f FILE or path=value.", { field: "values" });
        const place = await context.place();
        const client = await context.client();
        const before = await client.call("values.get", { params: place });
        const text =
          options.file === undefined
            ? setInYaml(before.text, pairs)
            : options.file === "-"
              ? new TextDecoder().decode(await context.read())
              : await readFile(resolve(context.cwd, options.file), "utf8");
        if (text === before.text) {
          context.say(`Nothing differs from version ${before.version}.`);
          return;
        }
        const after = await client.call("values.put", { params: place, ifMatch: before.version, body: { text } });
        if (context.globals.json === true) context.json({ values: after });
        for (const { line, message } of after.warnings) context.say(`warning, line ${line}: ${message}`);
        context.say(`Saved as version ${after.version}, not deployed.`);
      }),
    );
};
