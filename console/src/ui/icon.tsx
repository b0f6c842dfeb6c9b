import "./icon.css";

const shapes = {
  add: "M8 3v10M3 8h10",
  away: "M2 2l12 12M5 6a7 7 0 0 0-3 2M8 4.5c2.400 0 4.500 1 6 2.800M6 10.500a3 3 0 0 1 4 0M8 13h.01",
  check: "M3 8.500l3.500 3.500L13 4.500",
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M6 6h7v7H6zM10 6V3H3v7h3",
  down: "M4 6l4 4 4-4",
  edit: "M3 13l.6-3L10.500 3 13 5.500 6 12.400z",
  eye: "M1.500 8S4 3.500 8 3.500 14.500 8 14.500 8 12 12.500 8 12.500 1.500 8 1.500 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  "eye-off":
    "M2 2l12 12M6.600 3.700C7 3.600 7.500 3.500 8 3.500c4 0 6.500 4.500 6.500 4.500a12 12 0 0 1-1.700 2.200M4 4.700C2.400 6 1.500 8 1.500 8S4 12.500 8 12.500c1 0 2-.3 2.800-.7",
  forward: "M6 4l4 4-4 4",
  info: "M8 14.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM8 7.500V11M8 5h.01",
  key: "M10.500 9a3.500 3.500 0 1 0-3.300-2.300L2.500 11.500V13.500H5V12H6.500V10.500L8 9.300A3.500 3.500 0 0 0 10.500 9zM11 5.500h.01",
  lock: "M4 7h8v6.500H4zM5.500 7V5a2.500 2.500 0 0 1 5 0v2",
  more: "M3.500 8h.01M8 8h.01M12.500 8h.01",
  print: "M4.500 6V2.500h7V6M4.500 11.500H2.500V6h11v5.500h-2M4.500 9.500h7v4h-7z",
  remove: "M3 4.500h10M6 4.500V3h4v1.500M4.500 4.500l.5 9h6l.5-9",
  search: "M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM10.500 10.500l3 3",
  undo: "M5.500 3L2.500 6l3 3M3 6h6.500a3.500 3.500 0 0 1 0 7H6",
  upload: "M8 10.500V2.500M4.500 6L8 2.500 11.500 6M3 13h10",
  user: "M8 8a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM3 13.500c.5-2.500 2.500-3.500 5-3.500s4.500 1 5 3.500",
  warning: "M8 2.500l6 11H2zM8 6.500v3.500M8 12h.01",
} as const;

export type IconName = keyof typeof shapes;

/** A small drawing beside a word; it is never the only thing that says something. How it is drawn stands in the styles. */
export const Icon = ({ name }: { readonly name: IconName }) => (
  <svg className={name === "more" ? "icon bold" : "icon"} viewBox="0 0 16 16" aria-hidden="true">
    <path d={shapes[name]} />
  </svg>
);
