/**
 * A supervisor's telephone that listens: it answers by itself what was asked for here, and who only listens has no open
 * microphone.
 */

import { effect } from "@preact/signals"
import { act } from "../act.ts"
import { listen, stopListening } from "../api.ts"
import type { Listening } from "../contract.ts"
import { isHeard } from "../store/select.ts"
import { self } from "../store/state.ts"
import { answerNext, letBeHeard, line, talking } from "./phone.ts"

/** A phone that is rung rings within this time. */
const RINGS_MS = 8000

let asked: string | null = null

/** Hear an operator's call, or change how one does. */
export async function listenTo(operator: string, mode: Listening): Promise<void> {
  const goesOn = talking.value && self.value?.listens_to === operator
  if (!goesOn && line.value === "registered") {
    answerNext(mode === "listen" ? "unheard" : "heard")
    setTimeout(() => answerNext(null), RINGS_MS)
  }
  asked = operator
  const went = await act("commandFailed", () => listen(operator, mode))
  if (!went && !goesOn) answerNext(null)
}

export async function leave(): Promise<void> {
  await act("commandFailed", stopListening)
}

export function followListening(): void {
  effect(() => {
    const yes = talking.value ? isHeard(self.value, asked) : null
    if (yes !== null) letBeHeard(yes)
  })
}
