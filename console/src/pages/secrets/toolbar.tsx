import { useEffect, useState, type Ref } from "react";
import { Button } from "../../ui/button.tsx";
import { Chips } from "../../ui/chips.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Menu, MenuItem, MenuLine } from "../../ui/menu.tsx";
import { filters, type Filter } from "./rows.ts";

export type Opening = "paste" | "export" | "copy" | "history" | "drift" | "help";

interface ToolbarProps {
  readonly filter: Filter;
  readonly counts: Readonly<Record<Filter, number>>;
  readonly shown: number;
  readonly isReadOnly: boolean;
  /** Others can change values past Keyroll, in the store or in the cluster. */
  readonly hasOthers: boolean;
  readonly filterInput: Ref<HTMLInputElement>;
  readonly onFilter: (filter: Filter) => void;
  /** Told in a transition: typing comes first. */
  readonly onText: (text: string) => void;
  readonly onAdd: () => void;
  readonly onOpen: (what: Opening) => void;
}

const words: Readonly<Record<Filter, string>> = {
  all: "all",
  "not-live": "not live",
  unused: "unused",
  needed: "needed",
  due: "due",
};

const readOnly = "You may not save here.";

export const Toolbar = ({
  filter,
  counts,
  shown,
  isReadOnly,
  hasOthers,
  filterInput,
  onFilter,
  onText,
  onAdd,
  onOpen,
}: ToolbarProps) => {
  const [text, setText] = useState("");
  const isFiltered = text !== "" || filter !== "all";
  useEffect(() => onText(text), [text, onText]);
  return (
    <div className="secrets-tools no-print">
      <search className="secrets-filter">
        <input
          ref={filterInput}
          type="search"
          className="input"
          aria-label="Filter keys"
          placeholder="/ filter keys"
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            if (text === "") event.currentTarget.blur();
            setText("");
          }}
        />
        <Chips
          label="Show"
          chips={filters.map((one) => ({ value: one, words: words[one], count: counts[one] }))}
          chosen={filter}
          onChoose={(one) => onFilter(one === filter ? "all" : one)}
        />
        <span className="unseen" role="status">
          {isFiltered ? `${shown} ${shown === 1 ? "row" : "rows"}` : ""}
        </span>
      </search>
      <div className="row">
        <Button icon="add" onClick={onAdd} reason={isReadOnly ? readOnly : null} title="New secret (n)">
          Add
        </Button>
        <Button onClick={() => onOpen("paste")} reason={isReadOnly ? readOnly : null}>
          Paste .env
        </Button>
        <Menu trigger={<Icon name="more" />} label="More" className="button icon-only" end>
          <MenuItem onSelect={() => onOpen("history")}>History</MenuItem>
          <MenuItem onSelect={() => onOpen("copy")} reason={isReadOnly ? readOnly : null}>
            Copy from another environment
          </MenuItem>
          <MenuItem onSelect={() => onOpen("export")} reason={counts.all === 0 ? "Nothing is saved yet." : null}>
            Export
          </MenuItem>
          {hasOthers ? (
            <MenuItem onSelect={() => onOpen("drift")} reason={isReadOnly ? readOnly : null}>
              Changes by others
            </MenuItem>
          ) : null}
          <MenuLine />
          <MenuItem onSelect={() => onOpen("help")}>Keyboard</MenuItem>
        </Menu>
      </div>
    </div>
  );
};
