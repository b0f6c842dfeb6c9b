import { lazy, type ComponentType } from "react";

type Loaded<Props> = { readonly default: ComponentType<Props> };

/** A part of the console that is loaded when it is first shown, or earlier when somebody calls `load`. */
export interface Later<Props> {
  readonly Part: ComponentType<Props>;
  readonly load: () => Promise<ComponentType<Props>>;
}

/**
 * A promise that is kept at once: a part that is there already is shown in the same frame. A promise, even one
 * that has been kept for long, would suspend, and "Loading" be painted before the part.
 */
const kept = <T>(value: T): Promise<T> =>
  // oxlint-disable-next-line unicorn/no-thenable -- it is meant to be one
  ({ then: (resolve: (value: T) => void) => resolve(value) }) as unknown as Promise<T>;

export const later = <Props extends object>(get: () => Promise<ComponentType<Props>>): Later<Props> => {
  let ready: ComponentType<Props> | null = null;
  const load = async (): Promise<ComponentType<Props>> => {
    ready ??= await get();
    return ready;
  };
  const Part = lazy<ComponentType<Props>>(() =>
    ready === null
      ? load().then((part): Loaded<Props> => ({ default: part }))
      : kept<Loaded<Props>>({ default: ready }),
  );
  return { Part, load };
};
