import { lstat, readdir, readFile } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import type { BodyOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Verb } from "../../command.ts";
import type { Context } from "../../context.ts";
import { bytes } from "../../format.ts";

interface Options {
  readonly chart?: string;
  readonly chartVersion?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly connection?: string;
}

const most = 10 * 1024 * 1024;

/** Folders that no chart needs and that are large. */
const left = new Set([".git", ".hg", ".svn", "node_modules"]);

/** The files of a chart folder; the server honours .helmignore when it packages them. */
const filesOf = async (folder: string): Promise<{ path: string; content: string }[]> => {
  const found: { path: string; content: string }[] = [];
  let total = 0;
  const walk = async (at: string): Promise<void> => {
    for (const entry of (await readdir(at, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(at, entry.name);
      const shown = relative(folder, path).split(sep).join("/");
      if (entry.isDirectory()) {
        if (!left.has(entry.name)) await walk(path);
      } else if (entry.isFile()) {
        const content = await readFile(path);
        total += content.byteLength;
        if (total > most)
          throw new KeyrollError("limit_exceeded", `The folder has more than ${bytes(most)}.`, {
            field: "chart",
            limit: most,
            next: "Is it the chart's own folder? What it does not need can be named in .helmignore and moved away.",
          });
        found.push({ path: shown, content: content.toString("base64") });
      } else {
        throw new KeyrollError("invalid", `\`${shown}\` is a link or a device; a chart holds plain files.`, {
          field: "chart",
          next: "Replace it by the file itself, or push what `helm package` makes.",
        });
      }
    }
  };
  await walk(folder);
  if (!found.some(({ path }) => path === "Chart.yaml"))
    throw new KeyrollError("invalid", `${folder} has no Chart.yaml: it is not a chart.`, {
      field: "chart",
      next: "Name the chart's folder.",
    });
  return found;
};

/** Of what is pulled; for a folder or a .tgz they would be left out without a word. */
const refuseElsewhere = ({ chart, chartVersion, username, passwordFile, connection }: Options): void => {
  const all = { chart, "chart-version": chartVersion, username, "password-file": passwordFile, connection };
  const [field] = Object.entries(all).find(([, given]) => given !== undefined) ?? [];
  if (field === undefined) return;
  throw new KeyrollError("bad_request", `--${field} goes with a chart that is pulled.`, {
    field,
    next: "Name an oci:// or https:// address, or leave it out.",
  });
};

/** What is sent for a folder, a .tgz or the address of a chart. @throws when options do not go with it */
export const chartOf = async (
  context: Context,
  source: string,
  options: Options,
): Promise<BodyOf<Routes["releases.push"]>> => {
  if (/^(oci|https?):\/\//u.test(source)) {
    const password =
      options.passwordFile === undefined
        ? undefined
        : options.passwordFile === "-"
          ? new TextDecoder().decode(await context.read())
          : await readFile(resolve(context.cwd, options.passwordFile), "utf8");
    return {
      reference: {
        url: source,
        ...(options.chart === undefined ? {} : { chart: options.chart }),
        ...(options.chartVersion === undefined ? {} : { version: options.chartVersion }),
        ...(options.username === undefined ? {} : { username: options.username }),
        ...(password === undefined ? {} : { password: password.replace(/\r?\n$/u, "") }),
        ...(options.connection === undefined ? {} : { connection: options.connection }),
      },
    };
  }
  refuseElsewhere(options);
  const path = resolve(context.cwd, source);
  const facts = await lstat(path);
  if (facts.isDirectory()) return { files: await filesOf(path) };
  const archive = await readFile(path);
  if (archive.byteLength > most)
    throw new KeyrollError("limit_exceeded", `The chart has ${archive.byteLength} bytes; ${most} are taken.`, {
      field: "chart",
      limit: most,
      actual: archive.byteLength,
    });
  return { archive: archive.toString("base64") };
};

export const push: Verb = (command, act) => {
  command
    .argument("<chart>", "a folder, a .tgz, oci://… or the https:// address of a chart repository")
    .option("--chart <name>", "the chart in the repository")
    .option("--chart-version <version>", "its version, or a range such as ^1.2; default: the newest")
    .option("--username <name>", "for a registry that asks for one")
    .option("--password-file <file>", "- reads it from standard input")
    .option("--connection <name>", "whose AWS role signs in to ECR; default: the server's own")
    .action(
      act(async (context, source: string, options: Options) => {
        const app = await context.appName();
        const client = await context.client();
        const body = await chartOf(context, source, options);
        const { release, created } = await client.call("releases.push", { params: { app }, body });
        if (context.globals.json === true) context.json({ release, created });
        const facts = `${release.chart} ${release.version} (${bytes(release.bytes)})`;
        context.say(
          created
            ? `Pushed ${facts}. Deploy it: \`keyroll deploy --release latest\`.`
            : `${facts} is here already: the same bytes.`,
        );
      }),
    );
};
