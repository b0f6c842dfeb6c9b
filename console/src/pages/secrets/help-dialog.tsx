import { setPreferences } from "../../preferences.ts";
import { usePreferences } from "../../use-preferences.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Switch } from "../../ui/field.tsx";
import { Kbd } from "../../ui/kbd.tsx";

const shortcuts: readonly (readonly [readonly string[], string])[] = [
  [["/"], "filter"],
  [["n"], "new secret"],
  [["↑", "↓"], "from row to row"],
  [["e"], "edit the row in focus"],
  [["r"], "reveal its value, or hide it"],
  [["c"], "copy its value without showing it"],
  [["Delete"], "remove it, as a draft"],
  [["Enter"], "its details"],
  [["Ctrl or Cmd", "S"], "review and save"],
  [["Esc"], "leave a field or a dialog"],
  [["?"], "this list"],
];

export const HelpDialog = ({ onClose }: { readonly onClose: () => void }) => {
  const { shortcuts: isOn } = usePreferences();
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <div className="stack tight">
        <dl className="shortcuts">
          {shortcuts.map(([names, what]) => (
            <div key={what}>
              <dt>
                {names.map((name) => (
                  <Kbd key={name}>{name}</Kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <p className="quiet">While you type, letters are letters.</p>
        <Switch
          label="Shortcuts"
          hint="For this browser. Switched off, only Tab, Enter and the arrow keys are left."
          checked={isOn}
          onChange={(event) => setPreferences({ shortcuts: event.target.checked })}
        />
      </div>
    </Dialog>
  );
};
