/** `1 environment`, `2 environments`. */
export const count = (figure: number, one: string, many = `${one}s`): string =>
  `${figure} ${figure === 1 ? one : many}`;
