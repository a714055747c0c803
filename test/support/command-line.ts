/**
 * How tests start the command line: built, as users have it, where `npm test` has built it (a third of the time to start);
 * else from its source.
 */
const built = process.env.BUILT_COMMAND_LINE

/** Words for `node`, in front of `serve NAME`. */
export const commandLine: readonly string[] = built === undefined ? ['--import', 'tsx', 'scripts/it-serve.ts'] : [built]
