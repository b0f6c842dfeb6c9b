/** A sentence in which `code` stands between backticks. One that somebody has typed has no partner: then all stay as they are. */
export const Words = ({ text }: { readonly text: string }) => {
  const parts = text.split("`");
  return (
    <>{parts.length % 2 === 0 ? text : parts.map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part))}</>
  );
};
