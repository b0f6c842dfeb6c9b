import { useEffect, useRef, type ReactNode } from "react";
import { pageHistory } from "../page-history.ts";
import { Breadcrumb, type Crumb } from "./breadcrumb.tsx";
import "./page-head.css";

/** The page's name in the tab and in the browser's history. */
export const useTitle = (title: string): void => {
  useEffect(() => {
    document.title = `${title} · Keyroll`;
  }, [title]);
};

interface HeadingProps {
  readonly level: 1 | 2;
  readonly children: ReactNode;
}

/** Where a person stays: in a row of tabs, at another heading, in a dialog, and where they type. */
const kept = "[data-keeps-focus], [data-heading], dialog, input, textarea, select, [contenteditable]";

/**
 * The heading that tells where one has arrived: it takes the focus when it appears after a move within the console,
 * unless the person is where they stay.
 */
export const Heading = ({ level, children }: HeadingProps) => {
  const element = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const active = document.activeElement;
    const stays = active !== null && active.closest(kept) !== null;
    if (pageHistory.place().moves === 0 || stays) return;
    element.current?.focus({ preventScroll: true });
  }, []);
  const Tag = level === 1 ? "h1" : "h2";
  return (
    <Tag ref={element} tabIndex={-1} data-heading>
      {children}
    </Tag>
  );
};

interface PageHeadProps {
  readonly title: string;
  readonly crumbs?: readonly Crumb[];
  /** Beside the title, such as a badge. */
  readonly beside?: ReactNode;
  /** At the end of the line. */
  readonly actions?: ReactNode;
  /** Under the title. */
  readonly children?: ReactNode;
}

/** The head of a page: way, title, what it is and what can be done with all of it. */
export const PageHead = ({ title, crumbs = [], beside, actions, children }: PageHeadProps) => (
  <header className="page-head">
    {crumbs.length === 0 ? null : <Breadcrumb crumbs={crumbs} />}
    <div className="title">
      <div className="name">
        <Heading level={1}>{title}</Heading>
        {beside}
      </div>
      {actions === undefined ? null : <div className="row no-print">{actions}</div>}
    </div>
    {children}
  </header>
);

interface SectionProps {
  readonly title: string;
  readonly actions?: ReactNode;
  /** It is the page of a tab: its heading takes the focus on arrival. */
  readonly isPage?: boolean;
  readonly children: ReactNode;
}

/** A part of a page with a heading of its own. */
export const Section = ({ title, actions, isPage = false, children }: SectionProps) => (
  <section className="section" aria-label={title}>
    <div className="section-head">
      {isPage ? <Heading level={2}>{title}</Heading> : <h2>{title}</h2>}
      {actions === undefined ? null : <div className="row no-print">{actions}</div>}
    </div>
    {children}
  </section>
);
