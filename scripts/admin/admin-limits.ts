/** The limits of the admin endpoint, each with its reason. Times in ms. */
export const adminLimits = {
  /** Connections: a few scrapers and a person. More are closed at once. */
  connections: 32,
  /** A whole request: it is a line and a few headers. */
  requestMs: 5_000,
  /** Between two requests, as Node has it. */
  keepAliveMs: 5_000,
  /** How long a reader of an answer may take nothing. */
  idleMs: 10_000,
  /** Requests of one connection. */
  requests: 1_000,
  /** All headers of a request, in bytes. */
  headerBytes: 8 * 1024,
  /** Connections told in one answer: about 300 KB. */
  listed: 1_000,
  /** Told unless asked for more. */
  listedByDefault: 100
} as const
