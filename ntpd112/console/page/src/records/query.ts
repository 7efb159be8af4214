/** What is asked of the records, as the address says it: pure. Days are as in `2026-11-24`, of this machine's time. */

export interface CallFilter {
  readonly from: string
  readonly to: string
  readonly number: string
  readonly operator: string
  readonly type: string
  readonly is: string
  readonly outcome: string
}

export interface IncidentFilter {
  readonly from: string
  readonly type: string
  readonly status: string
  readonly text: string
}

const PAGE = 50
/** Fewer digits than this are still being typed. */
const FEWEST_DIGITS = 3

export function callQuery(filter: CallFilter): URLSearchParams {
  const number = filter.number.replace(/[^0-9+]/g, "").replace(/(?!^)\+/g, "")
  return query({
    since: filter.from && String(midnight(filter.from)),
    until: filter.to && String(midnight(filter.to, 1)),
    number: number.replace("+", "").length < FEWEST_DIGITS ? "" : number,
    operator: filter.operator,
    type: filter.type,
    class: filter.is,
    outcome: filter.outcome,
  })
}

export function incidentQuery(filter: IncidentFilter): URLSearchParams {
  const { type, status } = filter
  return query({ since: filter.from && String(midnight(filter.from)), type, status, text: filter.text.trim() })
}

/** The same, a page of it, behind the last one that is known. */
export function pageOf(asked: URLSearchParams, last: string | null): string {
  const page = new URLSearchParams(asked)
  page.set("limit", String(PAGE))
  if (last !== null) page.set("before", last)
  return page.toString()
}

/** The day so many days before this instant (milliseconds). */
export function dayBefore(now: number, days: number): string {
  const at = new Date(now)
  const day = new Date(at.getFullYear(), at.getMonth(), at.getDate() - days)
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((each) => String(each).padStart(2, "0")).join("-")
}

function midnight(day: string, later = 0): number {
  const [year = 1970, month = 1, date = 1] = day.split("-").map(Number)
  return Math.max(0, new Date(year, month - 1, date + later).getTime() / 1000)
}

function query(said: Readonly<Record<string, string>>): URLSearchParams {
  return new URLSearchParams(Object.entries(said).filter(([, value]) => value !== ""))
}
