import { isCode } from "../../client.ts";

/** What is there already is as good as made: a second press goes on where the first one stopped. */
export const once = async (make: () => Promise<unknown>): Promise<void> => {
  try {
    await make();
  } catch (error) {
    if (!isCode(error, "already_exists")) throw error;
  }
};
