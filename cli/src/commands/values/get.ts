import type { Verb } from "../../command.ts";

export const get: Verb = (command, act) => {
  command.action(
    act(async (context) => {
      const place = await context.place();
      const values = await (await context.client()).call("values.get", { params: place });
      if (context.globals.json === true) {
        context.json({ values });
        return;
      }
      if (values.version === 0) {
        context.say("No Helm values are saved: the chart's own are used.");
        return;
      }
      context.out(values.text.endsWith("\n") || values.text === "" ? values.text : `${values.text}\n`);
      context.say(`version ${values.version}, by ${values.savedBy ?? "?"}`);
    }),
  );
};
