import { KeyrollError } from "@keyroll/contract/errors";
import type { Context } from "./context.ts";

/** Variables that coding agents set in the shells they drive; what such a shell prints goes to a model. */
const marks = [
  "AI_AGENT",
  "AGENT",
  "CLAUDECODE",
  "CLAUDE_CODE_ENTRYPOINT",
  "CURSOR_AGENT",
  "CODEX_SANDBOX",
  "CODEX_THREAD_ID",
  "GEMINI_CLI",
  "OPENCODE",
  "AIDER_MODEL",
  "GOOSE_TERMINAL",
  "COPILOT_AGENT",
  "AUGMENT_AGENT",
  "CLINE_ACTIVE",
  "AMP_CURRENT_THREAD_ID",
];

/** Stops values on their way to a screen or to a model, unless they were asked for in so many words. */
export const guardValues = (context: Context, command: string, reveal: boolean, toFile = false): void => {
  if (reveal) return;
  const agent = marks.find((name) => (context.env[name] ?? "") !== "");
  if (agent !== undefined) {
    throw new KeyrollError("confirmation_required", `${agent} is set: a coding agent would read the values.`, {
      next: `\`keyroll run -- CMD\` gives them to a program unseen; \`keyroll ${command} --reveal\` shows them all the same.`,
      changed: false,
    });
  }
  if (context.terminal.output && !toFile) {
    throw new KeyrollError("confirmation_required", "The values would stand on the screen and in its scrollback.", {
      next: `Pipe it into a program, or add --reveal.`,
      changed: false,
    });
  }
};
