/** Shapes that providers give their credentials. */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/\bA(?:KIA|SIA)[A-Z0-9]{16}\b/u, "an AWS access key id"],
  [/\bsk_live_[A-Za-z0-9]{8,}/u, "a live payment API key"],
  [/-----BEGIN [A-Z ]{0,20}PRIVATE KEY/u, "a private key"],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}/u, "a GitHub token"],
  [/\bxox[abprs]-[A-Za-z0-9-]{10,}/u, "a Slack token"],
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{1,200}:[^\s:/@]{1,200}@/u, "an address with a password in it"],
];

/**
 * Lines that look like credentials. Helm values lie readable in the database and in the release, so
 * they are pointed out; the text itself is not repeated.
 */
export const secretLooking = (text: string): { line: number; message: string }[] =>
  text.split("\n").flatMap((line, index) =>
    shapes
      .filter(([shape]) => shape.test(line))
      .map(([, what]) => ({
        line: index + 1,
        message: `line ${index + 1} looks like ${what}: save it as a secret and refer to it with secretKeyRef`,
      })),
  );
