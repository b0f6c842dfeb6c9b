import { KeyrollError } from "@keyroll/contract/errors";
import type { Value } from "@keyroll/pairs";
import { useState } from "react";
import type { Draft } from "../../drafts/draft.ts";
import type { Secret } from "../../client.ts";
import { copyText } from "../../ui/copy-button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { wordsOf } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";
import { usePlace } from "./place.ts";
import { askValue, hide, reveal, showHere, useRevealed } from "./reveal.ts";
import { Words } from "../../ui/words.tsx";

const dots = "••••••••";

/** A value in sight: text as it is, bytes as their number. */
export const ShownValue = ({ value }: { readonly value: Value }) =>
  typeof value === "string" ? (
    value === "" ? (
      <span className="quiet">(empty)</span>
    ) : (
      <code className="value-text">{value}</code>
    )
  ) : (
    <span className="quiet">{value.byteLength} bytes, not text</span>
  );

interface ValueCellProps {
  readonly id: string;
  readonly keyName: string;
  readonly saved: Secret | null;
  readonly draft: Draft | null;
  readonly tabIndex: number;
}

/** Dots, with reveal and copy. What is drafted is known here; what is saved is asked for, and recorded. */
export const ValueCell = ({ id, keyName, saved, draft, tabIndex }: ValueCellProps) => {
  const { app, env, passDoor } = usePlace();
  const [problem, setProblem] = useState<string | null>(null);
  const drafted = draft?.value ?? null;
  // What was shown of the saved value says nothing about the draft's, nor that of an earlier draft about a later one's.
  const shownAs = drafted === null ? id : `draft:${id}`;
  const held = useRevealed(app, env, shownAs);
  const revealed = drafted === null || held === drafted ? held : null;
  const own = drafted ?? saved?.value ?? null;
  const isOpen = drafted === null && (saved?.value ?? null) !== null;
  const fail = (what: string) => (error: unknown) => setProblem(`${what}: ${wordsOf(error)}`);
  const toggle = (): void => {
    setProblem(null);
    if (revealed !== null) hide(app, env, shownAs);
    else if (own !== null) showHere(app, env, shownAs, own);
    else
      passDoor({
        what: `Reveal ${keyName}`,
        go: async (reason) => await reveal({ app, env, key: draft?.from ?? keyName, ...reason }, shownAs),
        onFail: fail("Not revealed"),
      });
  };
  const copy = (): void => {
    setProblem(null);
    const take = async (reason: { readonly reason?: string }): Promise<void> => {
      const value = own ?? (await askValue({ app, env, key: draft?.from ?? keyName, ...reason }));
      if (typeof value !== "string")
        throw new KeyrollError("invalid", `${keyName} is binary.`, { next: "Export it as JSON." });
      await copyText(value);
      say(`Copied the value of ${keyName}.`);
    };
    if (own === null) passDoor({ what: `Copy ${keyName}`, go: take, onFail: fail("Not copied") });
    else take({}).catch(fail("Not copied"));
  };
  return (
    <>
      <span className="value">
        <span className="value-shown">
          {revealed !== null ? (
            <ShownValue value={revealed} />
          ) : isOpen ? (
            <ShownValue value={own ?? ""} />
          ) : (
            <span className="dots-of-value">
              <span aria-hidden="true">{dots}</span>
              <span className="unseen">hidden</span>
            </span>
          )}
        </span>
        {isOpen ? null : (
          <button
            type="button"
            className="button plain small icon-only"
            data-do="reveal"
            tabIndex={tabIndex}
            aria-pressed={revealed !== null}
            aria-label={`Reveal ${keyName}`}
            title={revealed === null ? "Reveal (r): recorded, hidden again after 30 s" : "Hide (r)"}
            onClick={toggle}
          >
            <Icon name={revealed === null ? "eye" : "eye-off"} />
          </button>
        )}
        <button
          type="button"
          className="button plain small icon-only"
          data-do="copy"
          tabIndex={tabIndex}
          aria-label={`Copy the value of ${keyName}`}
          title="Copy without showing (c): recorded"
          onClick={copy}
        >
          <Icon name="copy" />
        </button>
      </span>
      {problem === null ? null : (
        <span className="row-problem" role="alert">
          <Words text={problem} />
        </span>
      )}
    </>
  );
};
