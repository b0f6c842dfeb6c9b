/** Which addresses outgoing connections may reach (SSRF guard); asked at connect time. */
export interface Egress {
  /**
   * Promises nothing when the resolved `address` may be connected to for `url`.
   * @throws {KeyrollError} `invalid` naming the host when it may not.
   */
  check(url: URL, address: string): void;
}
