/** How long to wait before the next try to connect. */

export const FIRST_MS = 500
export const LONGEST_MS = 5000

/** Doubled with each try that failed, and spread by up to a half, so that a room does not come back in one moment. */
export function pauseMs(failed: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failed, 10))
  return Math.min(LONGEST_MS, Math.round(full * (1 + random / 2)))
}
