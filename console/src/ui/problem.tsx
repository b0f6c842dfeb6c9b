import { KeyrollError } from "@keyroll/contract/errors";
import { ApiError } from "@keyroll/sdk";

/** An error as people need it: what happened, what to do next, and the id under which the server's log has it. */
export const Problem = ({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) => {
  const known = error instanceof KeyrollError ? error : null;
  return (
    <div className="notice bad" role="alert">
      <p>
        <strong>{known?.message ?? "Something went wrong in this page."}</strong>
      </p>
      <p>{known?.next ?? "Load the page again; if it stays, report it."}</p>
      {error instanceof ApiError && error.requestId !== null ? (
        <p className="quiet">Request {error.requestId}</p>
      ) : null}
      {retry === undefined ? null : (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
};

/** The message of a form's field, when the error is about it. */
export const problemOf = (error: unknown, field: string): string | null =>
  error instanceof KeyrollError && (error.facts.field ?? "").split(".").at(-1) === field ? error.message : null;
