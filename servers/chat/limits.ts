/** What one member, one room and the whole house may have, each with its reason. */
export const chatLimits = {
  /** Bytes of a line as it was typed: more than fits a screen's worth of talk, and a paste of code is no talk. */
  lineBytes: 1024,
  /** A line that is too long is read so far, for its end; behind that it is a flood. */
  skippedBytes: 64 * 1024,
  /** Lines of one member heard in a second: nobody types so fast, and a paste of 20 lines passes. */
  linesPerSecond: 20,
  /** How long a member may go on sending faster than that, in ms. */
  floodMs: 10_000,
  /** Bytes that may wait for one member beside what the system's buffers hold. */
  queuedBytes: 1024 * 1024,
  /** Rooms, of all members; each holds `history` lines. */
  rooms: 1_000,
  roomsPerMember: 20,
  /** Lines of a room that who joins is shown: one screen. */
  history: 20,
  /** Signs of a nick, or of the name of a room. */
  nameSigns: 20,
  /** Joining and leaving is announced in rooms of so many members: in larger ones it would drown what is said. */
  announced: 50,
  /** Names that one answer lists: about 4 KiB. */
  listed: 200
} as const
