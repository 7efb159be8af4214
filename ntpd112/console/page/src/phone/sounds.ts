/** Short sounds: a severe alarm, for those who can do something about it; a key that a caller has pressed. */

import { effect } from "@preact/signals"
import { hasNew, loud } from "../store/alarms.ts"
import { isOperator, room } from "../store/state.ts"
import { play } from "./audio.ts"
import { sound, waveFile } from "./ring.ts"

const TONES_HZ = [1320, 0, 1320, 0, 1320, 0] as const
const EACH_S = 0.15

let signal: HTMLAudioElement | null = null

/** Operators see the alarms and hear their callers. What stands there when the page is opened is not news. */
export function followAlarms(): void {
  let before: ReadonlySet<string> | null = null
  effect(() => {
    const known = room.value.known
    const now = loud(room.value.alarms)
    if (before !== null && known && !isOperator.value && hasNew(before, now)) sounded()
    before = known ? now : null
  })
}

const KEY_HZ = [941] as const
let key: HTMLAudioElement | null = null

/** A caller has pressed a key. */
export function keyTone(): void {
  key ??= sound(waveFile(KEY_HZ, EACH_S))
  key.currentTime = 0
  void play(key, "ringer")
}

function sounded(): void {
  signal ??= sound(waveFile(TONES_HZ, EACH_S))
  void play(signal, "ringer")
}
