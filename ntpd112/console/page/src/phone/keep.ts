/** The telephone is on while an operator is signed in who wants it, and takes up the call that a reload has cut. */

import { effect } from "@preact/signals"
import { command } from "../api.ts"
import { phoneOn } from "../store/settings.ts"
import { call, isOperator, ownExtension, rings } from "../store/state.ts"
import { answer, answerNext, hasSession, incoming, line, onGoodbye, startPhone, stopPhone, talking } from "./phone.ts"

const SPEAKING = "ntpd112.speaking"
/** A phone that is rung anew for a call rings within this time, or the call has gone elsewhere. */
const ANEW_MS = 8000

export function keepPhone(): void {
  let on = false
  effect(() => {
    const wanted = ownExtension.value !== null && phoneOn.value
    if (wanted === on) return
    on = wanted
    if (on) void startPhone(isOperator.value)
    else stopPhone()
  })
  onGoodbye(() => sessionStorage.removeItem(SPEAKING))
  effect(remember)
  effect(takeUpWhatWasCut)
}

/** Keep which call is spoken in here: after a reload nobody else knows. */
function remember(): void {
  const current = call.value
  if (talking.value && current) sessionStorage.setItem(SPEAKING, current.call_id)
}

function takeUpWhatWasCut(): void {
  const current = call.value
  const speaking = sessionStorage.getItem(SPEAKING)
  if (incoming.value && rings.value && current?.call_id === speaking) {
    void answer() // it took so long that the exchange has rung here already
    return
  }
  if (!isCut(current?.call_id ?? null, current?.state ?? "", speaking, line.value === "registered")) return
  if (talking.value || incoming.value || hasSession()) return
  sessionStorage.removeItem(SPEAKING)
  takeUp()
}

/** Whether the own call was spoken in by this page before it was loaded again. */
export function isCut(callId: string | null, state: string, speaking: string | null, registered: boolean): boolean {
  return registered && callId !== null && callId === speaking && (state === "talking" || state === "on_hold")
}

/** Let the own call ring here, and answer it by itself. */
export function takeUp(): void {
  answerNext("heard")
  setTimeout(() => answerNext(null), ANEW_MS)
  command("take_up").catch(() => answerNext(null))
}
