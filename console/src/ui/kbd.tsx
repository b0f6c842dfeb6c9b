import "./loading.css";

/** A key of the keyboard. */
export const Kbd = ({ children }: { readonly children: string }) => <kbd className="kbd">{children}</kbd>;
