import { valueFacts } from "@keyroll/pairs";
import type { Draft, SavedKeys } from "../../drafts/draft.ts";
import { decide, whyNotMine } from "../../drafts/rebase.ts";
import { sizeAndLines } from "../../drafts/value-notes.ts";
import { useWho } from "../../who.ts";
import { Ago } from "../../ui/ago.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { useKeyHistory } from "./key-history.tsx";
import { usePlace } from "./place.ts";
import { metaWords } from "./review-change.tsx";
import { ValueCell } from "./value-cell.tsx";

/** Who removed a key lies in its history: the list of keys does not have it any more. */
const useRemover = (key: string, isWanted: boolean) => {
  const newest = useKeyHistory(key, isWanted).data?.items[0];
  return newest?.op === "removed" ? newest : undefined;
};

const mineWords = (draft: Draft): string => {
  if (draft.removed) return "removed";
  return [
    draft.from !== null && draft.from !== draft.key ? `renamed to ${draft.key}` : "",
    draft.value === null ? "" : sizeAndLines(valueFacts(draft.value)),
    metaWords(draft.meta),
  ]
    .filter((words) => words !== "")
    .join(", ");
};

const Overlap = ({ draft, saved }: { readonly draft: Draft; readonly saved: SavedKeys }) => {
  const { drafts } = usePlace();
  const who = useWho();
  const name = draft.overlap?.kind === "added" ? draft.key : (draft.from ?? draft.key);
  const theirs = saved.byKey.get(name) ?? null;
  const remover = useRemover(name, theirs === null);
  const { note, url } = draft.meta;
  const notMine = whyNotMine(draft, saved);
  const choose = (whose: "mine" | "theirs"): void =>
    drafts.edit(`${whose === "mine" ? "keep my" : "take their"} ${name}`, (all) => decide(all, draft.id, whose, saved));
  return (
    <li className="overlap">
      <h3>
        <code>{name}</code>
      </h3>
      <div className="overlap-sides">
        <section aria-label={`Mine: ${name}`}>
          <h4>Mine</h4>
          <p className="dots">
            <span>draft</span>
            <span>{mineWords(draft)}</span>
          </p>
          {draft.value === null ? null : (
            <ValueCell id={draft.id} keyName={`my ${name}`} saved={null} draft={draft} tabIndex={0} />
          )}
          {/* They are not secret, and may be wanted elsewhere when they go with the key. */}
          {(note ?? "") === "" ? null : <p>{note}</p>}
          {(url ?? "") === "" ? null : <p>{url}</p>}
          {notMine === null ? null : <p className="row-note">{notMine}</p>}
          <Button small onClick={() => choose("mine")} reason={notMine}>
            Keep mine
          </Button>
        </section>
        <section aria-label={`Theirs: ${name}`}>
          <h4>Theirs</h4>
          {theirs === null ? (
            <p className="dots">
              <span>removed</span>
              {remover === undefined ? null : (
                <>
                  <span>{who(remover.author)}</span>
                  <Ago at={remover.at} />
                  <span>{remover.revision}</span>
                </>
              )}
            </p>
          ) : (
            <>
              <p className="dots">
                <span>{draft.overlap?.kind === "added" ? "added" : "changed"}</span>
                <span>{who(theirs.changedBy)}</span>
                <Ago at={theirs.changedAt} />
                <span>{theirs.revision}</span>
                <span>{sizeAndLines(theirs)}</span>
              </p>
              <ValueCell id={`theirs:${name}`} keyName={name} saved={theirs} draft={null} tabIndex={0} />
            </>
          )}
          <Button small onClick={() => choose("theirs")}>
            Take theirs
          </Button>
        </section>
      </div>
    </li>
  );
};

/** Keys that were saved by somebody else while they were drafted here, to decide one by one. Everything else is merged. */
export const Conflicts = ({
  rows,
  saved,
  others,
}: {
  readonly rows: readonly Draft[];
  readonly saved: SavedKeys;
  readonly others: number;
}) => (
  <div className="stack tight">
    <Banner tone="warn" role="alert">
      <p>
        <strong>
          {rows.length === 1
            ? "1 key was saved by somebody else while you drafted it."
            : `${rows.length} keys were saved by somebody else while you drafted them.`}
        </strong>{" "}
        Decide for each.{" "}
        {others === 0
          ? ""
          : `Your other ${others === 1 ? "draft is" : `${others} drafts are`} merged with revision ${saved.revision}. `}
        Nothing that you typed is lost.
      </p>
    </Banner>
    <ol className="overlaps">
      {rows.map((draft) => (
        <Overlap key={draft.id} draft={draft} saved={saved} />
      ))}
    </ol>
  </div>
);
