/** Which alarms are to be looked at, and which are to be heard: pure questions. */

import type { Alarm } from "../contract.ts"

/** Those that nobody has acknowledged and that are more than news. */
export function unseen(alarms: readonly Alarm[]): Alarm[] {
  return alarms.filter((one) => !one.seen_by && one.severity !== "note")
}

/** What tells one occurrence from the next. */
function occurrence(of: Alarm): string {
  return `${of.alarm} ${of.latest}`
}

/** The occurrences that are to be heard, by name: of what is most severe, while it goes on and nobody has seen to it. */
export function loud(alarms: readonly Alarm[]): ReadonlySet<string> {
  return new Set(unseen(alarms).filter((one) => one.severity === "high" && one.ended_at === null).map(occurrence))
}

/** Something is to be heard now that was not before. */
export function hasNew(before: ReadonlySet<string>, now: ReadonlySet<string>): boolean {
  return [...now].some((one) => !before.has(one))
}
