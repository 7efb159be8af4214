/** The incident that the operator works on: the call's, and after its end until somebody has said what it was. */

import { effect, signal, untracked } from "@preact/signals"
import { ApiError, callerOf, incidentOf, setField, unfinished } from "../api.ts"
import type { CallerKnown, Incident, PastCall } from "../contract.ts"
import { call, ownExtension, rings } from "../store/state.ts"
import { drafts } from "./drafts.ts"
import { head, headOfPast } from "./head.ts"
import { type Saved, Saver } from "./saver.ts"

const AGAIN_MS = 1000
const TRIES = 10
/** The city has another form now. */
const REFUSALS: ReadonlySet<string> = new Set(["no_such_field", "not_a_choice"])

export interface Work {
  readonly incident: string
  readonly call: string
}

export const work = signal<Work | null>(null)
/** What the form says; what is typed here counts before what the server says. */
export const fields = signal<ReadonlyMap<string, string>>(new Map())
export const incident = signal<Incident | null>(null)
export const saved = signal<Saved>("saved")
/** What is known of the caller; `null` until it is, or when it cannot be known. */
export const known = signal<CallerKnown | null>(null)
/** Calls of this shift that nobody has said anything about, the one at work aside. */
export const left = signal<readonly PastCall[]>([])

const saver = new Saver({
  shelf: localStorage,
  send: setField,
  later: (run, ms) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  isRefusal: (error) => error instanceof ApiError && REFUSALS.has(error.code),
  told: (state) => (saved.value = state),
})

export function type(field: string, text: string): void {
  const current = work.value
  if (!current) return
  fields.value = new Map(fields.value).set(field, text)
  saver.typed(current.incident, field, text)
}

/** Work on this one: what the server knows of it, and what was typed and not saved. */
export function begin(next: Work): void {
  if (work.value?.incident === next.incident) return
  work.value = next
  saver.begins()
  incident.value = null
  fields.value = drafts(localStorage, next.incident)
  for (const [field, text] of fields.value) saver.typed(next.incident, field, text)
  void load(next, TRIES)
}

/** Look at an incident that is not one's own work; {@link lookAway} takes the own work up again. */
export function lookAt(wanted: string, of: string): void {
  begin({ incident: wanted, call: of })
}

export function lookAway(): void {
  work.value = null
  incident.value = null
  const current = call.value
  if (current?.incident_id && !rings.value) begin({ incident: current.incident_id, call: current.call_id })
  else if (ownExtension.value !== null) void look()
}

/** The records know of it a moment later. */
const finished = new Set<string>()

/** It is done: look whether there is another one. */
export function done(): void {
  if (work.value) finished.add(work.value.call)
  work.value = null
  incident.value = null
  void look()
}

export async function look(): Promise<void> {
  try {
    const current = work.value
    left.value = (await unfinished()).calls.filter((one) => one.call !== current?.call && !finished.has(one.call))
    const first = left.value[0]
    if (current === null && work.value === null && call.value === null && first?.incident) {
      head.value = headOfPast(first)
      begin({ incident: first.incident, call: first.call })
      left.value = left.value.slice(1)
    }
  } catch {
    // It is looked for again after the next call.
  }
}

async function load(wanted: Work, tries: number): Promise<void> {
  try {
    const found = await incidentOf(wanted.incident)
    if (work.value !== wanted) return
    incident.value = found
    const typed = drafts(localStorage, wanted.incident)
    const written = Object.entries(found.fields).filter(([, text]) => text !== "")
    fields.value = new Map([...written, ...typed])
  } catch (error) {
    if (work.value !== wanted || tries <= 0 || (error instanceof ApiError && error.code === "signed_out")) return
    setTimeout(() => void load(wanted, tries - 1), AGAIN_MS)
  }
}

async function ask(callId: string): Promise<void> {
  try {
    const found = await callerOf(callId)
    if (asked === callId) known.value = found
  } catch {
    // The phone rings all the same, and what is not known is not shown.
  }
}

let asked = ""

export function followWork(): void {
  effect(() => {
    const current = call.value
    if (!current?.incident_id || rings.value) return
    const next = { incident: current.incident_id, call: current.call_id }
    untracked(() => begin(next))
  })
  effect(() => {
    const current = call.value?.call_id ?? ""
    if (current === asked) return
    asked = current
    if (current !== "") {
      known.value = null
      untracked(() => void ask(current))
    }
  })
  effect(() => {
    if (ownExtension.value !== null && call.value === null) untracked(() => void look())
  })
}
