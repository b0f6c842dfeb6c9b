/** One call as IAM sees it: the context holds what conditions ask about. */
export interface Right {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

const list = (given: unknown): readonly string[] => (Array.isArray(given) ? given.map(String) : [String(given)]);

/** `*` is any text and `?` any one character, in a resource also over slashes. */
const isLike = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/gu, String.raw`\$&`)
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
    "u",
  ).test(text);

const operators: Readonly<Record<string, (wanted: string, found: string) => boolean>> = {
  StringEquals: (wanted, found) => wanted === found,
  StringLike: isLike,
  "ForAnyValue:StringEquals": (wanted, found) => wanted === found,
};

/** A condition on what the call does not have is not met. @throws for an operator that is not known here */
const isMet = (condition: object, context: NonNullable<Right["context"]>): boolean =>
  Object.entries(condition).every(([name, keys]) => {
    const operator = operators[name];
    if (operator === undefined) throw new Error(`no condition operator ${name}`);
    return Object.entries(keys as object).every(([key, wanted]) => {
      const found = context[key];
      return found !== undefined && list(found).some((one) => list(wanted).some((other) => operator(other, one)));
    });
  });

/** Whether a policy whose statements all allow grants the call. */
export const allows = (document: any, { action, resource, context = {} }: Right): boolean =>
  document.Statement.some(
    ({ Action, Resource, Condition = {} }: any) =>
      list(Action).includes(action) &&
      list(Resource).some((pattern) => isLike(pattern, resource)) &&
      isMet(Condition, context),
  );

export const actionsIn = (document: any): string[] =>
  document.Statement.flatMap(({ Action }: any) => list(Action)).toSorted();
