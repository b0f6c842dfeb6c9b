import { CopyButton } from "./copy-button.tsx";
import "./code-block.css";

interface CodeBlockProps {
  readonly label: string;
  readonly text: string;
  /** Long text scrolls in place. */
  readonly scroll?: boolean;
}

/** Lines for a terminal or a file, to copy whole. */
export const CodeBlock = ({ label, text, scroll = false }: CodeBlockProps) => (
  <div className="code-block">
    <pre aria-label={label} role="group" tabIndex={scroll ? 0 : undefined} className={scroll ? "scroll" : undefined}>
      <code>{text}</code>
    </pre>
    <CopyButton text={text} label={`Copy: ${label}`} />
  </div>
);
