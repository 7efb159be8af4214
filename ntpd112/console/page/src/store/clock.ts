/** What time it is at the server, by what its messages say. */

/** More than this is no slow message: one of the clocks was set. */
const SET_S = 1

/**
 * The server's clock minus this machine's, in seconds, after a message with the server's time `said` came at `here`.
 *
 * A message on its way makes the difference too small, never too large: the largest one is the best.
 */
export function better(offset: number | null, said: number, here: number): number {
  const measured = said - here
  if (offset === null || measured > offset || offset - measured > SET_S) return measured
  return offset
}
