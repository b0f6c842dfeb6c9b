import type { Verb } from "../../command.ts";

export const check: Verb = (command, act) => {
  command
    .argument("<name>")
    .option("--namespace <name>", "the namespace whose rights are tried")
    .action(
      act(async (context, name: string, options: { readonly namespace?: string }) => {
        const report = await (
          await context.client()
        ).call("connections.check", {
          params: { connection: name },
          body: options.namespace === undefined ? {} : { namespace: options.namespace },
        });
        if (context.globals.json === true) context.json(report);
        else {
          for (const { what, ok, required, message, next } of report.findings) {
            context.out(`${ok ? "ok  " : required ? "FAIL" : "note"}  ${what}: ${message}\n`);
            if (next !== null && !ok) context.out(`      ${next}\n`);
          }
        }
        return report.ok ? 0 : 6;
      }),
    );
};
