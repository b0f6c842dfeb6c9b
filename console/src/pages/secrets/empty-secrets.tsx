import { Button } from "../../ui/button.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";

interface EmptyProps {
  readonly app: string;
  readonly env: string;
  readonly onPaste: () => void;
  readonly onCopy: () => void;
  readonly onAdd: () => void;
}

/** Nothing is saved yet: three doors. */
export const EmptySecrets = ({ app, env, onPaste, onCopy, onAdd }: EmptyProps) => (
  <section className="empty-secrets" aria-label="How to begin">
    <h3>Nothing is saved yet</h3>
    <ol className="doors">
      <li className="panel">
        <h4>Paste a .env</h4>
        <p>Paste it anywhere on this page, or drop a file. You see what each line becomes before anything is saved.</p>
        <div className="row">
          <Button kind="main" onClick={onPaste}>
            Paste .env
          </Button>
          <Button onClick={onAdd}>Add one by hand</Button>
        </div>
      </li>
      <li className="panel">
        <h4>Copy keys from another environment</h4>
        <p>With their values, which nobody has to see.</p>
        <Button onClick={onCopy}>Choose an environment</Button>
      </li>
      <li className="panel">
        <h4>One line in a terminal</h4>
        <p>Values come from a prompt or a file, never from the command line.</p>
        <CodeBlock label="Command that imports a file" text={`npx keyroll import .env --app ${app} --env ${env}`} />
      </li>
    </ol>
  </section>
);
