/** A `ref` for the one field that comes because somebody wants to type in it. */
export const focusWhenThere = (field: HTMLElement | null): void => field?.focus();
