/** Tells an operator whose phone stops ringing who has taken the call. */

import { effect, untracked } from "@preact/signals"
import { tell } from "../act.ts"
import { messages } from "../i18n/messages.ts"
import { nameOf } from "../store/select.ts"
import { call, ownExtension, rings, room } from "../store/state.ts"

export function tellWhoTookIt(): void {
  let rang: string | null = null
  effect(() => {
    const ringing = rings.value ? (call.value?.call_id ?? null) : null
    const before = rang
    rang = ringing
    if (before === null || before === ringing) return
    untracked(() => {
      const others = room.value.calls.get(before)?.speaks_with ?? []
      const taker = others[0]
      if (taker !== undefined && !others.includes(ownExtension.value ?? "")) {
        tell(messages.value.takenBy(nameOf(room.value, taker)))
      }
    })
  })
}
