import { Argument } from "commander";
import type { Verb } from "../command.ts";
import { commands } from "./index.ts";

const globals = ["--app", "--env", "--url", "--json", "--yes", "--help"];
const names = commands.map(({ name }) => name);
const groups = commands.flatMap(({ name, verbs }) => (verbs === undefined ? [] : [{ name, verbs }]));

const bash = (): string => `_keyroll() {
  local cur=\${COMP_WORDS[COMP_CWORD]} words
  case "$COMP_CWORD:\${COMP_WORDS[1]}" in
    1:*) words="${names.join(" ")}" ;;
${groups.map(({ name, verbs }) => `    2:${name}) words="${verbs.map((verb) => verb.name).join(" ")}" ;;`).join("\n")}
    *) words="" ;;
  esac
  case "$cur" in -*) words="${globals.join(" ")}" ;; esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$cur"))
}
complete -F _keyroll keyroll
`;

const zsh = (): string => `#compdef keyroll
_keyroll() {
  local -a commands verbs
  commands=(
${commands.map(({ name, summary }) => `    '${name}:${summary.replaceAll("'", "'\\''").replaceAll(":", "\\:")}'`).join("\n")}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$words[2]" in
${groups.map(({ name, verbs }) => `    ${name}) verbs=(${verbs.map((verb) => verb.name).join(" ")}) ;;`).join("\n")}
  esac
  if (( CURRENT == 3 && \${#verbs} )); then _describe command verbs; return; fi
  _arguments ${globals.map((option) => `'${option}'`).join(" ")} '*:file:_files'
}
compdef _keyroll keyroll
`;

const fish = (): string =>
  [
    "complete -c keyroll -f -n __fish_use_subcommand",
    ...commands.map(
      ({ name, summary }) =>
        `complete -c keyroll -n __fish_use_subcommand -a ${name} -d '${summary.replaceAll("'", "\\'")}'`,
    ),
    ...groups.flatMap(({ name, verbs }) =>
      verbs.map((verb) => `complete -c keyroll -f -n '__fish_seen_subcommand_from ${name}' -a ${verb.name}`),
    ),
    ...globals.map((option) => `complete -c keyroll -l ${option.slice(2)}`),
    "",
  ].join("\n");

export const completion: Verb = (command, act) => {
  command
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"]))
    .description("Print the completion script of a shell, such as: source <(keyroll completion bash)")
    .action(
      act(async (context, shell: string) => {
        context.out(shell === "bash" ? bash() : shell === "zsh" ? zsh() : fish());
        await Promise.resolve();
      }),
    );
};
