/** To whom a call can be given, and what of it fits what is typed: pure questions. */

import type { Room } from "./room.ts"
import { canBeRung } from "./select.ts"

export interface Target {
  /** What the command is told. */
  readonly to: string
  readonly name: string
  /** Its place in the list, from 1; 0: a number that was typed. */
  readonly place: number
  readonly number: string
}

const NUMBER = /^[+0-9][0-9*#]{2,}$/

/** Agencies and other destinations as the city wrote them, then the colleagues of `order` who can be rung now. */
export function targets(room: Room, order: readonly string[]): Target[] {
  const outside = room.destinations.map(({ destination, name }) => ({ to: destination, name, number: "" }))
  const inside = order.flatMap((number) => {
    const operator = room.operators.get(number)
    return operator && canBeRung(operator) ? [{ to: number, name: operator.name, number }] : []
  })
  return [...outside, ...inside].map((target, index) => ({ ...target, place: index + 1 }))
}

/** Where Enter goes before anything is typed: the type's agency, else the first of all. */
export function usual(all: readonly Target[], room: Room, type: string | null): number {
  const agency = room.types.find((one) => one.type === type)?.agency ?? ""
  return Math.max(0, all.findIndex((target) => target.to === agency))
}

/** Those that fit: a place in the list or an extension exactly, words of a name by their beginnings, else a number. */
export function found(all: readonly Target[], typed: string): readonly Target[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return all
  const dialled = typed.replace(/[\s().-]/g, "")
  const named = all.filter(({ name, number, place }) => {
    if (dialled === number || dialled === String(place)) return true
    const parts = name.toLowerCase().split(/[\s/-]+/)
    return words.every((word) => parts.some((part) => part.startsWith(word)))
  })
  if (named.length > 0 || !NUMBER.test(dialled)) return named
  return [{ to: dialled, name: dialled, place: 0, number: "" }]
}
