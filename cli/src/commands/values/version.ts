import { KeyrollError } from "@keyroll/contract/errors";

/** @throws {KeyrollError} `bad_request` */
export const valuesVersion = (text: string): number | "latest" => {
  if (text === "latest") return text;
  if (/^\d{1,9}$/u.test(text)) return Number(text);
  throw new KeyrollError("bad_request", `\`${text.slice(0, 50)}\` is no version of the Helm values.`, {
    field: "values",
    next: "Give a number, or latest.",
  });
};
