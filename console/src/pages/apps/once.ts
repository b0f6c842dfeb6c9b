import { KeyrollError } from "@keyroll/contract/errors";

/**
 * A name that is there already is as good as made: a second press goes on where the first one stopped.
 *
 * @param refuse why what is there is not what was to be made; null: it is
 */
export const once = async (
  make: () => Promise<unknown>,
  refuse: () => Promise<KeyrollError | null> = async () => await Promise.resolve(null),
): Promise<void> => {
  try {
    await make();
  } catch (error) {
    if (!(error instanceof KeyrollError && error.code === "already_exists" && error.facts.field === "name"))
      throw error;
    const why = await refuse();
    if (why !== null) throw why;
  }
};
