import { useRef, useState } from "react";
import { Link, NavLink, useNavigate } from "react-router";
import { pageHistory } from "../page-history.ts";
import { to } from "../paths.ts";
import type { Identity } from "../session.ts";
import { Form } from "../ui/form.tsx";
import { Icon } from "../ui/icon.tsx";
import { places } from "./places.ts";
import { Switcher } from "./switcher.tsx";
import { UserMenu } from "./user-menu.tsx";

const Find = () => {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const box = useRef<HTMLInputElement>(null);
  return (
    <Form
      className="find"
      role="search"
      onSubmit={() => {
        const { pathname } = pageHistory.place().location;
        void navigate(to.find(text.trim()));
        // What was asked is sent: the page that answers takes the focus when it arrives.
        if (pageHistory.place().location.pathname !== pathname) box.current?.blur();
        setText("");
      }}
    >
      <Icon name="search" />
      <input
        ref={box}
        className="input"
        type="search"
        aria-label="Find a key in all apps"
        placeholder="Find a key"
        value={text}
        onChange={(event) => setText(event.target.value)}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
      />
    </Form>
  );
};

/** Where one is, where one can go, and who one is. */
export const TopBar = ({ identity }: { readonly identity: Identity | null }) => (
  <header className="bar">
    <Link to={to.apps()} className="brand">
      Keyroll
    </Link>
    {identity === null ? null : (
      <>
        <Switcher />
        <nav className="places" aria-label="Places">
          {places.map(({ to, label }) => (
            <NavLink key={to} to={to}>
              {label}
            </NavLink>
          ))}
        </nav>
        <Find />
        <UserMenu identity={identity} />
      </>
    )}
  </header>
);
