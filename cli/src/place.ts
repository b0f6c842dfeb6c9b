import { KeyrollError } from "@keyroll/contract/errors";
import type { Place } from "./context.ts";

/**
 * `APP/ENV`, or an environment of the same app.
 * @throws `bad_request` for more than one slash
 */
export const placeOf = (text: string, app: string | null): Place => {
  const [first = "", second, ...more] = text.split("/");
  const place = second === undefined ? { app: app ?? "", env: first } : { app: first, env: second };
  if (more.length === 0 && place.app !== "" && place.env !== "") return place;
  throw new KeyrollError("bad_request", `\`${text.slice(0, 100)}\` is not an environment: give APP/ENV, or ENV.`, {
    next: "`keyroll env ls` lists them.",
  });
};
