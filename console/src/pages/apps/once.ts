import { KeyrollError } from "@keyroll/contract/errors";

/** A name that is there already is as good as made: a second press goes on where the first one stopped. */
export const once = async (make: () => Promise<unknown>): Promise<void> => {
  try {
    await make();
  } catch (error) {
    if (!(error instanceof KeyrollError && error.code === "already_exists" && error.facts.field === "name"))
      throw error;
  }
};
