import { KeyrollError } from "@keyroll/contract/errors";
import { ApiError } from "@keyroll/sdk";
import { Banner } from "./banner.tsx";
import { Button } from "./button.tsx";
import { Words } from "./words.tsx";

interface ProblemProps {
  readonly error: unknown;
  readonly retry?: () => void;
}

/** An error as people need it: what happened, what to do next, and the id under which the server's log has it. */
export const Problem = ({ error, retry }: ProblemProps) => {
  const known = error instanceof KeyrollError ? error : null;
  const several = known?.facts.problems ?? [];
  return (
    <Banner tone="bad" role="alert">
      <p>
        <strong>
          <Words text={known?.message ?? "Something went wrong in this page."} />
        </strong>
      </p>
      {several.length < 2 ? null : (
        <ul>
          {several.map(({ message, key, field, line }) => (
            <li key={`${key ?? field ?? line ?? ""} ${message}`}>
              {key === undefined ? null : <code>{key} </code>}
              {line === undefined ? null : `line ${line}: `}
              <Words text={message} />
            </li>
          ))}
        </ul>
      )}
      <p>
        <Words text={known?.next ?? "Load the page again; if it stays, report it."} />
      </p>
      {error instanceof ApiError && error.requestId !== null ? (
        <p className="small">
          Request <code>{error.requestId}</code>
        </p>
      ) : null}
      {retry === undefined ? null : (
        <Button small onClick={retry}>
          Try again
        </Button>
      )}
    </Banner>
  );
};

/** The same where only a line of text has room. */
export const wordsOf = (error: unknown): string =>
  error instanceof KeyrollError ? `${error.message} ${error.next}` : "Something went wrong in this page.";

/** The message of a form's field, by its last name or its whole path, when the error is about it. */
export const problemOf = (error: unknown, field: string): string | null => {
  if (!(error instanceof KeyrollError)) return null;
  const isIt = (path: string | undefined): boolean => path === field || path?.split(".").at(-1) === field;
  return (
    error.facts.problems?.find((one) => isIt(one.field))?.message ?? (isIt(error.facts.field) ? error.message : null)
  );
};
