/** What the wall shows of what it is told: pure questions. */

import type { WallHour, WallOperators, WallType } from "../contract.ts"
import { LATE_S, VERY_LATE_S } from "./select.ts"

export type Level = "calm" | "amber" | "red"

/** How bad the longest wait is. */
export function level(waitedS: number): Level {
  if (waitedS >= VERY_LATE_S) return "red"
  return waitedS >= LATE_S ? "amber" : "calm"
}

/** Nobody takes calls: whoever calls waits. */
export function isUnstaffed(of: WallOperators): boolean {
  return of.free + of.ringing + of.talking + of.notes === 0
}

export interface Share {
  /** With one digit behind the point, cut off: 90 is shown only when it is reached. `null`: nothing to be a part of. */
  readonly percent: number | null
  readonly met: boolean
}

/** So many of the calls were in time, and so many per cent are to be. */
export function share(inTime: number, of: number, goal: number): Share {
  if (of <= 0) return { percent: null, met: true }
  return { percent: Math.floor((inTime * 1000) / of) / 10, met: inTime * 100 >= goal * of }
}

export interface TypeRow {
  readonly kind: "type" | "others" | "none"
  readonly label: string
  readonly calls: number
}

/** At most `most` types, always in the same order; what is left over is one row, and calls without a type are the last. */
export function typeRows(types: readonly WallType[], most: number): TypeRow[] {
  const named = types.filter((one) => one.type !== null)
  const without = types.filter((one) => one.type === null)
  const busiest = [...named].sort((a, b) => b.calls - a.calls).slice(0, named.length > most ? most - 1 : most)
  const shown = named.filter((one) => busiest.includes(one))
  const rows: TypeRow[] = shown.map(({ label, calls }) => ({ kind: "type", label, calls }))
  const others = named.filter((one) => !busiest.includes(one))
  if (others.length) rows.push({ kind: "others", label: "", calls: sum(others) })
  return [...rows, { kind: "none", label: "", calls: sum(without) }]
}

function sum(types: readonly WallType[]): number {
  return types.reduce((total, one) => total + one.calls, 0)
}

type Column = (number | null)[]

/** The columns of the chart: hours, arrived, answered; where there is nothing, nothing is drawn. */
export function columns(hours: readonly WallHour[]): [number[], Column, Column] {
  const drawn = (count: number) => count || null
  return [hours.map((one) => one.hour), hours.map((one) => drawn(one.arrived)), hours.map((one) => drawn(one.answered))]
}

/** The hours in which somebody called, to be read aloud. */
export function hoursSaid(hours: readonly WallHour[]): string {
  return hours
    .filter((one) => one.arrived > 0)
    .map((one) => `${two(one.hour)}: ${one.arrived}, ${one.answered}`)
    .join("; ")
}

export function two(value: number): string {
  return String(value).padStart(2, "0")
}
