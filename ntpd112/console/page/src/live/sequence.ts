/** Which messages are believed: pure decisions. */

import type { LiveMessage, Numbered } from "../contract.ts"

/**
 * - `take`: it is the next one, or a snapshot, with which a count begins.
 * - `ignore`: it has been taken before.
 * - `gap`: something before it was lost. Only a new snapshot helps.
 */
export type Verdict = "take" | "ignore" | "gap"

/** Judge a message after `last`, the number of the one taken last on this connection; `null`: none yet. */
export function judge(last: number | null, message: Numbered): Verdict {
  if (last === null) return message.is === "snapshot" ? "take" : "gap"
  if (message.seq <= last) return "ignore"
  if (message.is === "snapshot") return "take"
  return message.seq === last + 1 ? "take" : "gap"
}

/** Read a text frame; `null` when it is none of ours. */
export function readMessage(text: string): LiveMessage | null {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof said !== "object" || said === null) return null
  const { is, seq, now } = said as Record<string, unknown>
  const known = is === "snapshot" || is === "changed" || is === "alarms" || is === "serving"
  return known && Number.isSafeInteger(seq) && Number.isFinite(now) ? (said as LiveMessage) : null
}
