// contract/src/errors.ts
var table = {
  bad_request: {
    status: 400,
    exit: 2,
    title: "The request cannot be read",
    next: "Correct the named field and send it again.",
  },
  invalid: {
    status: 422,
    exit: 6,
    title: "A value breaks a rule",
    next: "Correct the named field; nothing was changed.",
  },
  limit_exceeded: {
    status: 422,
    exit: 6,
    title: "A limit would be exceeded",
    next: "Make it smaller; nothing was changed.",
  },
  confirmation_required: {
    status: 422,
    exit: 6,
    title: "This needs a confirmation",
    next: "Confirm it explicitly, as the detail says.",
  },
  body_too_large: { status: 413, exit: 6, title: "The body is too large", next: "Send less in one request." },
  unsupported_media_type: {
    status: 415,
    exit: 2,
    title: "The content type is not JSON",
    next: "Send application/json.",
  },
  not_signed_in: {
    status: 401,
    exit: 3,
    title: "Not signed in",
    next: "Sign in: `keyroll login`, or set KEYROLL_TOKEN.",
  },
  wrong_credentials: { status: 401, exit: 3, title: "The credentials are not right", next: "Check name and password." },
  not_allowed: { status: 403, exit: 3, title: "Not allowed", next: "Ask an Administrator for the named permission." },
  reauth_required: {
    status: 403,
    exit: 3,
    title: "The password is needed again",
    next: "Confirm it is you: give your password again (POST /me/confirm), then repeat the request.",
  },
  cross_site: { status: 403, exit: 3, title: "A request from another site", next: "Open Keyroll at its own address." },
  unknown_host: {
    status: 421,
    exit: 3,
    title: "This host name is not served here",
    next: "Use the address of KEYROLL_PUBLIC_URL.",
  },
  not_found: { status: 404, exit: 4, title: "Not found", next: "Check the name; lists show what exists." },
  not_deployed: {
    status: 404,
    exit: 4,
    title: "Nothing is deployed yet",
    next: "Run `keyroll deploy`, or ask for the saved values.",
  },
  revision_gone: {
    status: 410,
    exit: 4,
    title: "This revision cannot be read any more",
    next: "Choose a newer revision from the history.",
  },
  method_not_allowed: { status: 405, exit: 2, title: "This method is not offered here", next: "See /openapi.json." },
  already_exists: { status: 409, exit: 6, title: "It exists already", next: "Choose another name." },
  in_use: { status: 409, exit: 6, title: "It is in use", next: "Remove what uses it first." },
  precondition_required: {
    status: 428,
    exit: 2,
    title: "If-Match is missing",
    next: "Send If-Match with the revision that you read (0 before the first save).",
  },
  revision_conflict: {
    status: 409,
    exit: 5,
    title: "Somebody saved the same keys",
    next: "Read the newest revision, decide for each named key, and save again.",
  },
  deployment_running: {
    status: 409,
    exit: 8,
    title: "A deployment is running",
    next: "Wait for it, cancel it, or queue this one.",
  },
  idempotency_mismatch: {
    status: 409,
    exit: 2,
    title: "This Idempotency-Key is in use",
    next: "Use a new key for a new request.",
  },
  preflight_failed: {
    status: 422,
    exit: 9,
    title: "Preflight found errors",
    next: "Correct the chart or the keys; nothing was changed.",
  },
  deployment_failed: {
    status: 422,
    exit: 8,
    title: "The deployment failed",
    next: "Read its log: `keyroll deployment ID`.",
  },
  foreign_secret: {
    status: 409,
    exit: 6,
    title: "The Secret in the cluster is not Keyroll's",
    next: "Adopt it explicitly, or choose another Secret name.",
  },
  drift: {
    status: 409,
    exit: 9,
    title: "Others changed what was deployed",
    next: "Look at it: `keyroll drift`. Adopt it, or overwrite it.",
  },
  sealed: {
    status: 503,
    exit: 7,
    title: "Keyroll is sealed: there is no master key",
    next: "Give the master key: KEYROLL_MASTER_KEY_FILE.",
  },
  rate_limited: { status: 429, exit: 7, title: "Too many requests", next: "Wait as long as Retry-After says." },
  provider_throttled: {
    status: 503,
    exit: 7,
    title: "The provider is throttling",
    next: "Try again later; it is safe.",
  },
  provider_denied: {
    status: 502,
    exit: 6,
    title: "The provider refused",
    next: "Check the rights of the connection: `keyroll connection check`.",
  },
  provider_unreachable: {
    status: 502,
    exit: 7,
    title: "The provider cannot be reached",
    next: "Check the network and the address; it is safe to try again.",
  },
  indeterminate: {
    status: 503,
    exit: 7,
    title: "The outcome is not known yet",
    next: "Read the state; Keyroll is finding out.",
  },
  cancelled: {
    status: 409,
    exit: 7,
    title: "It was cancelled",
    next: "Nothing was changed; send it again when it is meant.",
  },
  lease_lost: {
    status: 503,
    exit: 7,
    title: "Another worker took over",
    next: "Nothing to do; the other one goes on.",
  },
  integrity: {
    status: 500,
    exit: 1,
    title: "Stored data does not verify",
    next: "Restore the named item from a backup.",
  },
  unavailable: { status: 503, exit: 7, title: "Not ready", next: "Try again in a moment." },
  internal: { status: 500, exit: 1, title: "Something went wrong inside", next: "Report it with the request id." },
};
var errorTable = table;
var KeyrollError = class extends Error {
  name = "KeyrollError";
  code;
  facts;
  constructor(code, message, facts = {}, options) {
    super(message, options);
    this.code = code;
    this.facts = facts;
  }
  get status() {
    return errorTable[this.code].status;
  }
  get title() {
    return errorTable[this.code].title;
  }
  get exit() {
    return errorTable[this.code].exit;
  }
  get next() {
    return this.facts.next ?? errorTable[this.code].next;
  }
  /** The body of an RFC 9457 answer, but for the request id. */
  toProblem() {
    const { retryAfter: _, next: __, ...facts } = this.facts;
    return {
      type: `https://keyroll.dev/errors/${this.code}`,
      title: this.title,
      status: this.status,
      detail: this.message,
      code: this.code,
      ...facts,
      next: this.next,
    };
  }
};

export { errorTable, KeyrollError };
//# sourceMappingURL=chunk-4PWUQDZ7.js.map
